import { commandName, type Sync } from "../../netplay/index.ts";
import type { Clock, Logger } from "../../shared/index.ts";
import type { LeaveReason, RosterEntry } from "../gateway-event.ts";
import type { MessageReader } from "../net/index.ts";
import type { Heard } from "./conversation.ts";

/** A client that is given a slot. */
export interface SlotClient {
  readonly reader: MessageReader;
  /** When its header was accepted. */
  readonly acceptedAtMs: number;
  /** From when on the time until SYNC counts. */
  readonly handshakeFromMs: number;
  /** Undefined when only its host will know. */
  readonly nick?: string;
  /** Undefined when it is its host that chooses. */
  readonly protocol?: number;
}

/** What is known of a client: for the roster while it is in the game, and for the log. */
export class ClientRecord {
  readonly #client: SlotClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #entry: RosterEntry | undefined;

  constructor(client: SlotClient, clock: Clock, logger: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Undefined until the host has let it in. */
  get entry(): RosterEntry | undefined {
    return this.#entry;
  }

  joined({ nick, clientNumber }: Sync): { readonly entry: RosterEntry; readonly linkMs: number } {
    const { reader, acceptedAtMs, protocol } = this.#client;
    const { address, port } = reader.connection;
    const since = this.#clock.date();
    const entry = { nick, clientNumber, players: [], address, port, since, pingMs: undefined };
    const linkMs = Math.round(this.#clock.now() - acceptedAtMs);
    this.#entry = entry;
    this.#logger.info({ nick, clientNumber, address, protocol, linkMs }, "client joined");
    return { entry, linkMs };
  }

  hear(heard: Heard): void {
    if (this.#entry !== undefined && heard.type === "mode") {
      this.#entry = { ...this.#entry, players: heard.ports };
    } else if (this.#entry !== undefined && heard.type === "pinged") {
      this.#entry = { ...this.#entry, pingMs: heard.pingMs };
    }
  }

  ended(reason: LeaveReason, command: number | undefined): void {
    const { nick, protocol, reader } = this.#client;
    const { address } = reader.connection;
    const culprit = command === undefined ? {} : { command: commandName(command) };
    if (this.#entry === undefined) {
      const facts = { nick, address, reason, ...culprit, protocol };
      this.#logger.info(facts, "client did not get into the game");
    } else {
      this.#logger.info({ nick: this.#entry.nick, address, reason, ...culprit }, "client left");
    }
  }
}
