import type { Info, Sync } from "../../netplay/index.ts";
import type { Logger, Timer } from "../../shared/index.ts";
import type { LeaveReason, RosterEntry } from "../gateway-event.ts";
import { ClientRecord, type SlotClient } from "./client-record.ts";
import type { Heard } from "./conversation.ts";
import type { MessageReader } from "../net/index.ts";
import type { TunnelHost } from "../tunnel/index.ts";
import { Link, type LinkPlan, type LinkRoom } from "./link.ts";

/** What the slots of a room share. */
export interface SlotRoom extends LinkRoom {
  readonly logger: Logger;
  readonly tunnelHost: TunnelHost;
  readonly events: SlotEvents;
}

/** What slots tell their room. */
export interface SlotEvents {
  /** The host has said what it has loaded. */
  readonly onInformed: (info: Info) => void;
  readonly onJoined: (client: RosterEntry, linkMs: number) => void;
  readonly onLeft: (slot: ClientSlot, reason: LeaveReason) => void;
  /** The host has noticed that the client is gone, also one that never joined. */
  readonly onGone: (slot: ClientSlot) => void;
}

/** A client from its nickname until it is gone: waiting for a link, then linked, then in the game. */
export class ClientSlot {
  /** When it took its slot, in milliseconds of the clock. */
  readonly sinceMs: number;
  readonly #client: SlotClient;
  readonly #room: SlotRoom;
  readonly #plan: LinkPlan;
  /** From its link until SYNC. */
  #syncDeadline: Timer | undefined;
  #link: Link | undefined;
  readonly #record: ClientRecord;
  #ended = false;

  constructor(client: SlotClient, room: SlotRoom, plan: LinkPlan) {
    this.sinceMs = room.clock.now();
    this.#client = client;
    this.#room = room;
    this.#plan = plan;
    this.#record = new ClientRecord(client, room.clock, room.logger);
  }

  /** The client as it stands in the roster; undefined until the host has let it in. */
  get entry(): RosterEntry | undefined {
    return this.#record.entry;
  }

  /** When the client has last said something, in milliseconds of the clock. */
  get heardAtMs(): number {
    return this.#link?.heardAtMs ?? this.#client.acceptedAtMs;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** Whether the host must take the client for connected a moment longer. */
  get isLeavingPlay(): boolean {
    return this.#link?.isLeavingPlay ?? false;
  }

  get address(): string {
    return this.#client.reader.connection.address;
  }

  /** Asks the host for a link, and joins the two when it is there. */
  async start(): Promise<void> {
    const { clock, limits, tunnelHost } = this.#room;
    const { reader, handshakeFromMs } = this.#client;
    const linkByMs = clock.now() + limits.linkMs;
    const syncByMs = handshakeFromMs + limits.handshakeMs;
    reader.expectBy(Math.min(linkByMs, syncByMs), linkByMs < syncByMs ? "link-timeout" : "handshake-timeout");
    const host = await reader.until<MessageReader>((done) => tunnelHost.links.request(this.address, done));
    if (!host.ok) {
      this.end(host.reason);
    } else if (this.#ended) {
      host.value.destroy("client-closed");
    } else {
      this.#expectSync(syncByMs - clock.now());
      this.#link = this.#createLink(host.value);
      this.#link.start();
    }
  }

  end(reason: LeaveReason, command?: number): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#syncDeadline?.cancel();
    this.#record.ended(reason, command);
    const { onLeft, onGone } = this.#room.events;
    onLeft(this, reason);
    if (this.#link === undefined) {
      const { reader } = this.#client;
      reader.connection.finish(this.#room.limits.lingerMs);
      reader.end(reason);
      onGone(this);
    } else {
      void this.#link.end(reason).then(() => {
        onGone(this);
      });
    }
  }

  #createLink(host: MessageReader): Link {
    return new Link({
      ...this.#room,
      ...this.#plan,
      client: this.#client.reader,
      host,
      onHeard: (heard) => {
        this.#hear(heard);
      },
      onHostSpoke: () => {
        this.#room.tunnelHost.heard();
      },
      onFailed: (reason, command) => {
        this.end(reason, command);
      },
    });
  }

  #hear(heard: Heard): void {
    switch (heard.type) {
      case "host-identified":
        if (heard.asksPassword === true && !this.#ended) {
          this.#expectSync(this.#room.limits.passwordMs);
        }
        return;
      case "informed":
        this.#room.events.onInformed(heard.info);
        return;
      case "synced":
        this.#join(heard.sync);
        return;
      default:
        this.#record.hear(heard);
    }
  }

  #expectSync(delayMs: number): void {
    this.#syncDeadline?.cancel();
    this.#syncDeadline = this.#room.clock.after(Math.max(0, delayMs), () => {
      this.end("handshake-timeout");
    });
  }

  #join(sync: Sync): void {
    if (this.entry === undefined && !this.#ended) {
      this.#syncDeadline?.cancel();
      const { entry, linkMs } = this.#record.joined(sync);
      this.#room.events.onJoined(entry, linkMs);
    }
  }
}
