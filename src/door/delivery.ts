import type { Clock, Timer } from "../shared/index.ts";
import { Inflating } from "./inflating.ts";
import type { DoorLimits } from "./limits.ts";
import { Outbox } from "./outbox.ts";
import type { Wire } from "./wire.ts";

/** A savestate is inflated while no more than this waits for its client. */
const INFLATED_BYTES = 256 * 1024;

/** What may wait for each client of a remote host, however little memory is left. */
const LEAST_BYTES = 64 * 1024;

export interface DeliveryParts {
  readonly client: Wire;
  readonly host: Wire;
  readonly clock: Clock;
  readonly limits: DoorLimits;
  /** The host is somebody else's, far away, and can be held back: it is not read from while much waits for its client. */
  readonly hostIsRemote: boolean;
  readonly onNotReading: () => void;
  readonly onBadSavestate: () => void;
}

/** What goes from a host to its client: by way of a queue, and with savestates inflated for a client without zlib. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #outbox: Outbox;
  #inflating: Inflating | undefined;
  #inflateLater: Timer | undefined;
  #ended = false;

  constructor(parts: DeliveryParts) {
    const { client, clock, limits, onNotReading } = parts;
    this.#parts = parts;
    const drop = (): void => {
      if (this.#ended) {
        this.#outbox.close();
        client.destroy();
      }
      onNotReading();
    };
    client.charges?.onEvicted(drop);
    this.#outbox = new Outbox({
      wire: client,
      clock,
      limits,
      onNotReading: drop,
      onHeld: (_, takenBytes) => {
        this.#hold(takenBytes);
      },
    });
  }

  /** From here on savestates are inflated. */
  inflate(): void {
    const { client, clock, limits, onBadSavestate } = this.#parts;
    this.#inflating = new Inflating({
      maxBytes: limits.inflateBytes,
      write: (bytes) => {
        this.#outbox.write(bytes);
        this.#outbox.tell();
      },
      inflated: (bytes) => client.charges?.take("inflatedBytes", bytes, clock.now()),
      mayInflate: () => this.#mayInflate(),
      onBadSavestate,
    });
  }

  write(bytes: Buffer): void {
    if (this.#inflating === undefined) {
      this.#outbox.write(bytes);
    } else {
      this.#inflating.push(bytes);
      this.#outbox.tell();
    }
  }

  /** To be called when the connection has taken all that it was given. */
  drained(): void {
    this.#outbox.drained();
    this.#inflating?.goOn();
  }

  /** @param peaceful - The client may still read what was written before. */
  end(peaceful: boolean): void {
    const { client, limits } = this.#parts;
    const outbox = this.#outbox;
    this.#ended = true;
    this.#inflateLater?.cancel();
    this.#inflating?.close();
    if (!peaceful) {
      outbox.close();
      client.destroy();
      return;
    }
    client.read({
      data: () => undefined,
      closed: () => {
        outbox.close();
      },
      drained: () => {
        outbox.drained();
      },
    });
    client.resume();
    outbox.finish(limits.lingerMs);
  }

  #mayInflate(): boolean {
    const { client, clock } = this.#parts;
    if (this.#outbox.heldBytes > INFLATED_BYTES) {
      return false;
    }
    const waitMs = client.charges?.inflateWaitMs(clock.now()) ?? 0;
    if (waitMs > 0 && this.#inflateLater === undefined) {
      this.#inflateLater = clock.after(waitMs, () => {
        this.#inflateLater = undefined;
        this.#inflating?.goOn();
      });
    }
    return waitMs === 0;
  }

  /** What waits for the client has changed. */
  #hold(takenBytes: number): void {
    const { client, host, clock, limits, hostIsRemote } = this.#parts;
    const heldBytes = this.#outbox.heldBytes + (this.#inflating?.heldBytes ?? 0);
    client.charges?.holds(heldBytes, takenBytes, clock.now());
    if (!hostIsRemote || this.#ended) {
      return;
    }
    // Half of what is free: with many who do not read, each gets less, and something is left for those who come.
    const freeBytes = (client.charges?.freeBytes ?? Infinity) / 2;
    const allowedBytes = Math.min(limits.unsentOfRemoteHostBytes, Math.max(freeBytes, LEAST_BYTES));
    if (heldBytes > allowedBytes) {
      host.pause();
    } else if (heldBytes <= allowedBytes / 2) {
      host.resume();
    }
  }
}
