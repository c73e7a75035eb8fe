import type { Info, Sync } from "../netplay/index.ts";
import type { Clock, Timer } from "../shared/index.ts";
import type { Screen, ScreenFault, Screened } from "./command-screen.ts";
import type { LeaveReason } from "./door-event.ts";
import type { HostGreeted, HostGreetingStep } from "./host-greeting.ts";
import { HostObserver, type Observed } from "./host-observer.ts";
import { Inflating } from "./inflating.ts";
import type { DoorLimits } from "./limits.ts";
import { Outbox } from "./outbox.ts";
import type { Wire } from "./wire.ts";

/** What a link tells its owner. */
export interface LinkEvents {
  /** Bytes came from the host; on links with an idle time alone. */
  hostSpoke?(nowMs: number): void;
  /** The host's header has come. */
  greeted(facts: Pick<HostGreeted, "asksPassword">): void;
  /** What the host says that it has loaded. */
  informed(info: Info): void;
  synced(sync: Sync): void;
  /** Ports from 1 that the client drives from now on; none: it watches. */
  plays(ports: readonly number[]): void;
  pinged(pingMs: number): void;
  /** The link has come to its end; `command` is the one at fault, if one was. The owner calls `end`. */
  failed(reason: LeaveReason, command?: number): void;
}

export interface LinkParts {
  readonly clock: Clock;
  readonly limits: DoorLimits;
  /** What the host is told in the client's name before anything else. */
  readonly hello: Buffer;
  /** Reads the host's answer to that. */
  readonly hostGreeting: { push(chunk: Buffer): HostGreetingStep };
  readonly screen: Screen;
  readonly events: LinkEvents;
  /** The host is somebody else's, far away, and can be held back: it is not read from while much waits for its client. */
  readonly hostIsRemote?: boolean;
  /** When nothing has passed in either direction for so long, the link ends; undefined: see `silentMs`. */
  readonly idleMs?: number;
}

/** A savestate is inflated while no more than this waits for its client. */
const INFLATED_BYTES = 256 * 1024;

/** What may wait for each client of a remote host, however little memory is left. */
const LEAST_BYTES = 64 * 1024;

/** Faults on which the client is given time to show what it has learnt from the host's INFO. */
const TURNED_AWAY: readonly ScreenFault[] = ["wrong-core", "wrong-content"];

/** Ends after which the client may still read what the host said before. */
const PEACEFUL: readonly LeaveReason[] = [
  "host-closed",
  "host-lost",
  "kicked",
  "session-closed",
  "wrong-core",
  "wrong-content",
];

/**
 * One client joined to its host: two connections, and what is known from reading along. It does not matter who opened
 * which. Bytes from the host are passed on as they come, and a host of ours is never held back; from the client only
 * whole and harmless commands are.
 */
export class Link {
  readonly #client: Wire;
  readonly #host: Wire;
  readonly #parts: LinkParts;
  readonly #observer = new HostObserver();
  readonly #outbox: Outbox;
  #inflating: Inflating | undefined;
  #inflateLater: Timer | undefined;
  #deliver: ((bytes: Buffer) => void) | undefined;
  /** Commands of ours that wait for a place between two of the host's. */
  #answers: Buffer[] = [];
  #pingSentAtMs: number | undefined;
  #heardAtMs: number;
  #silence: Timer | undefined;
  #turnAway: Timer | undefined;
  #ended = false;

  constructor(client: Wire, host: Wire, parts: LinkParts) {
    const { clock, limits, events } = parts;
    this.#client = client;
    this.#host = host;
    this.#parts = parts;
    this.#heardAtMs = clock.now();
    const onNotReading = (): void => {
      if (this.#ended) {
        this.#outbox.close();
        client.destroy();
      }
      events.failed("not-reading");
    };
    client.charges?.onEvicted(onNotReading);
    this.#outbox = new Outbox({
      wire: client,
      clock,
      limits,
      onNotReading,
      onHeld: (_, takenBytes) => {
        this.#hold(takenBytes);
      },
    });
  }

  /** @param rest - What both have sent already. */
  start(rest: { readonly client: Buffer; readonly host: Buffer }): void {
    const { hello, idleMs } = this.#parts;
    this.#readBoth();
    this.#host.write(hello);
    if (idleMs !== undefined) {
      this.#watchSilence(idleMs, idleMs);
    }
    this.#fromHost(rest.host);
    this.#fromClient(rest.client);
  }

  /**
   * Ends both connections: what the client may still read is delivered, what the host has been sent as well.
   *
   * @returns When the host's side is gone, so that the host knows.
   */
  end(reason: LeaveReason): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#silence?.cancel();
      this.#turnAway?.cancel();
      this.#inflateLater?.cancel();
      this.#inflating?.close();
      this.#host.finish(this.#parts.limits.lingerMs);
      this.#endClient(PEACEFUL.includes(reason));
    }
    return this.#host.gone;
  }

  #endClient(peaceful: boolean): void {
    const outbox = this.#outbox;
    if (!peaceful) {
      outbox.close();
      this.#client.destroy();
      return;
    }
    this.#client.read({
      data: () => undefined,
      closed: () => {
        outbox.close();
      },
      drained: () => {
        outbox.drained();
      },
    });
    this.#client.resume();
    outbox.finish(this.#parts.limits.lingerMs);
  }

  #readBoth(): void {
    const { events } = this.#parts;
    const faulted = (): void => {
      events.failed("fault");
    };
    const exhausted = (): void => {
      events.failed("over-budget");
    };
    this.#client.read({
      data: (chunk) => {
        this.#fromClient(chunk);
      },
      closed: () => {
        events.failed("client-closed");
      },
      drained: () => {
        this.#outbox.drained();
        this.#inflating?.goOn();
      },
      faulted,
      exhausted,
    });
    this.#host.read({
      data: (chunk) => {
        this.#fromHost(chunk);
      },
      closed: () => {
        events.failed("host-closed");
      },
      drained: () => {
        this.#client.resume();
      },
      faulted,
      exhausted,
    });
  }

  #fromHost(chunk: Buffer): void {
    if (this.#ended || chunk.length === 0) {
      return;
    }
    if (this.#parts.idleMs !== undefined) {
      this.#heardAtMs = this.#parts.clock.now();
      this.#parts.events.hostSpoke?.(this.#heardAtMs);
    }
    if (this.#deliver !== undefined) {
      this.#deliver(chunk);
      this.#observe(chunk);
      this.#giveAnswers();
      return;
    }
    const step = this.#parts.hostGreeting.push(chunk);
    if (step.type === "refused") {
      this.#parts.events.failed(step.reason);
    } else if (step.type === "greeted") {
      this.#outbox.write(step.header);
      this.#deliver = this.#createDelivery(step.inflates);
      this.#parts.events.greeted(step);
      this.#fromHost(step.rest);
    }
  }

  #createDelivery(inflates: boolean): (bytes: Buffer) => void {
    const toOutbox = (bytes: Buffer): void => {
      this.#outbox.write(bytes);
    };
    if (!inflates) {
      return toOutbox;
    }
    const { clock, limits, events } = this.#parts;
    const { charges } = this.#client;
    const inflating = new Inflating({
      maxBytes: limits.inflateBytes,
      write: (bytes) => {
        toOutbox(bytes);
        this.#outbox.tell();
      },
      inflated: (bytes) => charges?.take("inflatedBytes", bytes, clock.now()),
      mayInflate: () => this.#mayInflate(),
      onBadSavestate: () => {
        events.failed("bad-savestate");
      },
    });
    this.#inflating = inflating;
    return (bytes) => {
      inflating.push(bytes);
      this.#outbox.tell();
    };
  }

  #mayInflate(): boolean {
    if (this.#outbox.heldBytes > INFLATED_BYTES) {
      return false;
    }
    const waitMs = this.#client.charges?.inflateWaitMs(this.#parts.clock.now()) ?? 0;
    if (waitMs > 0 && this.#inflateLater === undefined) {
      this.#inflateLater = this.#parts.clock.after(waitMs, () => {
        this.#inflateLater = undefined;
        this.#inflating?.goOn();
      });
    }
    return waitMs === 0;
  }

  /** What waits for the client has changed. */
  #hold(takenBytes: number): void {
    const { clock, limits, hostIsRemote } = this.#parts;
    const heldBytes = this.#outbox.heldBytes + (this.#inflating?.heldBytes ?? 0);
    const { charges } = this.#client;
    charges?.holds(heldBytes, takenBytes, clock.now());
    if (hostIsRemote !== true || this.#ended) {
      return;
    }
    // Half of what is free: with many who do not read, each gets less, and something is left for those who come.
    const freeBytes = (charges?.freeBytes ?? Infinity) / 2;
    const allowedBytes = Math.min(limits.unsentOfRemoteHostBytes, Math.max(freeBytes, LEAST_BYTES));
    if (heldBytes > allowedBytes) {
      this.#host.pause();
    } else if (heldBytes <= allowedBytes / 2) {
      this.#host.resume();
    }
  }

  #observe(chunk: Buffer): void {
    const { hostIsRemote, clock } = this.#parts;
    if (hostIsRemote === true) {
      const before = this.#observer.commands;
      this.#observer.push(chunk).forEach((observed) => {
        this.#tell(observed);
      });
      this.#host.charges?.take("messages", this.#observer.commands - before, clock.now());
      return;
    }
    for (const observed of this.#observer.push(chunk)) {
      this.#tell(observed);
    }
  }

  #giveAnswers(): void {
    if (this.#answers.length > 0 && this.#deliver !== undefined && this.#observer.isBetweenCommands) {
      this.#answers.splice(0).forEach(this.#deliver);
    }
  }

  #tell(observed: Observed): void {
    const { clock, events } = this.#parts;
    switch (observed.type) {
      case "informed":
        events.informed(observed.info);
        return;
      case "synced":
        events.synced(observed.sync);
        return;
      case "plays":
        events.plays(observed.ports);
        return;
      case "ping":
        this.#pingSentAtMs = clock.now();
        return;
    }
  }

  #fromClient(chunk: Buffer): void {
    if (this.#ended || this.#turnAway !== undefined || chunk.length === 0) {
      return;
    }
    const nowMs = this.#parts.clock.now();
    this.#heardAtMs = nowMs;
    const screened = this.#parts.screen.push(chunk, nowMs);
    if (screened.type === "drop") {
      this.#drop(screened.reason, screened.command);
      return;
    }
    if (screened.answer !== undefined) {
      this.#answers.push(screened.answer);
      this.#giveAnswers();
    }
    this.#host.write(screened.forward);
    if (this.#host.unsentBytes > this.#parts.limits.unsentToHostBytes) {
      this.#client.pause();
    }
    this.#measure(screened, nowMs);
  }

  #drop(reason: ScreenFault, command: number | undefined): void {
    const { clock, limits, events } = this.#parts;
    if (!TURNED_AWAY.includes(reason)) {
      events.failed(reason, command);
      return;
    }
    // It has the host's INFO: a stock client sends its own only after it has compared the two.
    this.#turnAway = clock.after(limits.turnAwayMs, () => {
      events.failed(reason, command);
    });
  }

  #measure(screened: Extract<Screened, { type: "pass" }>, nowMs: number): void {
    if (screened.answeredPing && this.#pingSentAtMs !== undefined) {
      this.#parts.events.pinged(Math.round(nowMs - this.#pingSentAtMs));
      this.#pingSentAtMs = undefined;
    }
    if (screened.askedForPing && this.#silence === undefined) {
      const { silentMs } = this.#parts.limits;
      this.#watchSilence(silentMs, silentMs);
    }
  }

  /** A machine that lost its power does not say so, and TCP takes a quarter of an hour to notice. */
  #watchSilence(silentMs: number, delayMs: number): void {
    const { clock, events } = this.#parts;
    this.#silence = clock.after(delayMs, () => {
      const leftMs = this.#heardAtMs + silentMs - clock.now();
      if (leftMs > 0) {
        this.#watchSilence(silentMs, leftMs);
      } else {
        events.failed("silent");
      }
    });
  }
}
