import type { Timer } from "../../shared/index.ts";
import { SavestateInflater } from "./savestate-inflater.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { SendQueue, type Connection } from "../net/index.ts";

/** A savestate is inflated while no more than this waits for its client. */
const INFLATED_BYTES = 256 * 1024;

/** What may wait for a client of a remote host even when no memory is left. */
const LEAST_BYTES = 64 * 1024;

export interface DeliveryParts extends Pick<GatewayContext, "clock" | "limits"> {
  readonly client: Connection;
  readonly host: Connection;
  /** A remote host is not read from while much waits for its client. */
  readonly hostIsRemote: boolean;
  readonly onFailed: (reason: "not-reading" | "bad-savestate") => void;
}

/** The way from a host to its client: through a send queue, and with savestates inflated for a client without zlib. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #sendQueue: SendQueue;
  #inflater: SavestateInflater | undefined;
  #inflateLater: Timer | undefined;
  #ended = false;
  /** Commands of ours that wait until they fit between two of the host's. */
  #answers: Buffer[] = [];

  constructor(parts: DeliveryParts) {
    const { client, clock, limits, onFailed } = parts;
    this.#parts = parts;
    const drop = (): void => {
      if (this.#ended) {
        this.#sendQueue.close();
        client.destroy();
      }
      onFailed("not-reading");
    };
    client.charges?.onEvicted(drop);
    this.#sendQueue = new SendQueue({
      connection: client,
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
    const { client, clock, limits, onFailed } = this.#parts;
    this.#inflater = new SavestateInflater({
      maxBytes: limits.inflateBytes,
      write: (bytes) => {
        this.#sendQueue.write(bytes);
        this.#sendQueue.tell();
      },
      inflated: (bytes) => client.charges?.take("inflatedBytes", bytes, clock.now()),
      mayInflate: () => this.#mayInflate(),
      onBadSavestate: () => {
        onFailed("bad-savestate");
      },
    });
  }

  write(bytes: Buffer): void {
    if (this.#inflater === undefined) {
      this.#sendQueue.write(bytes);
    } else {
      this.#inflater.push(bytes);
      this.#sendQueue.tell();
    }
  }

  answer(command: Buffer): void {
    this.#answers.push(command);
  }

  /** To be called between two of the host's commands. */
  giveAnswers(): void {
    if (this.#answers.length > 0) {
      this.#answers.splice(0).forEach((answer) => {
        this.write(answer);
      });
    }
  }

  /** To be called on the client's `drained`. */
  drained(): void {
    this.#sendQueue.drained();
    this.#inflater?.goOn();
  }

  /** @param peaceful - The client may still read what was written before. */
  end(peaceful: boolean): void {
    const { client, limits } = this.#parts;
    const sendQueue = this.#sendQueue;
    this.#ended = true;
    this.#inflateLater?.cancel();
    this.#inflater?.close();
    if (!peaceful) {
      sendQueue.close();
      client.destroy();
      return;
    }
    client.read({
      data: () => undefined,
      closed: () => {
        sendQueue.close();
      },
      drained: () => {
        sendQueue.drained();
      },
    });
    client.resume();
    sendQueue.finish(limits.lingerMs);
  }

  #mayInflate(): boolean {
    const { client, clock } = this.#parts;
    if (this.#sendQueue.heldBytes > INFLATED_BYTES) {
      return false;
    }
    const waitMs = client.charges?.inflateWaitMs(clock.now()) ?? 0;
    if (waitMs > 0 && this.#inflateLater === undefined) {
      this.#inflateLater = clock.after(waitMs, () => {
        this.#inflateLater = undefined;
        this.#inflater?.goOn();
      });
    }
    return waitMs === 0;
  }

  #hold(takenBytes: number): void {
    const { client, host, clock, limits, hostIsRemote } = this.#parts;
    const heldBytes = this.#sendQueue.heldBytes + (this.#inflater?.heldBytes ?? 0);
    client.charges?.holds(heldBytes, takenBytes, clock.now());
    if (!hostIsRemote || this.#ended) {
      return;
    }
    // Half of the free memory: the more clients do not read, the less each gets, and some is left for new ones.
    const freeBytes = (client.charges?.freeBytes ?? Infinity) / 2;
    const allowedBytes = Math.min(limits.unsentOfRemoteHostBytes, Math.max(freeBytes, LEAST_BYTES));
    if (heldBytes > allowedBytes) {
      host.pause();
    } else if (heldBytes <= allowedBytes / 2) {
      host.resume();
    }
  }
}
