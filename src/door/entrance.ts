import type { Socket } from "node:net";
import {
  addressGroup,
  type TokenBuckets,
  ok,
  sessionIdFromBytes,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import type { Budget } from "./budget/index.ts";
import { newlyArrived, receiveGreeting, type Arrived } from "./greeting.ts";
import { HalfOpenList } from "./half-open.ts";
import { decodeKnock, type Knock } from "./knock.ts";
import type { DoorLimits } from "./limits.ts";
import { listen, type Listener, type ListenFault } from "./listener.ts";
import { Wire } from "./wire.ts";

/** Who goes on with a connection, by what it has said. */
interface Destinations {
  readonly netplay: (arrived: Arrived) => void;
  /** False when there is no such session. */
  readonly join: (sessionId: SessionId, arrived: Arrived) => boolean;
  readonly host: (arrived: Arrived) => void;
  /** False when nobody has asked for this link. */
  readonly link: (peer: Buffer, arrived: Arrived) => boolean;
}

export interface EntranceParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly budget: Budget;
  /** Ids of sessions that an address tried in vain. */
  readonly guesses: TokenBuckets;
  readonly destinations: Destinations;
}

/** The netplay port: everybody comes in here, and the first bytes say where to. It owns a connection until they have. */
export class Entrance {
  readonly #parts: EntranceParts;
  readonly #halfOpen: HalfOpenList<Wire>;
  #listener: Listener | undefined;

  constructor(parts: EntranceParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.#halfOpen = new HalfOpenList(limits.halfOpenEntrance, limits.halfOpenPerAddress);
  }

  /** @param port - 0: one that is free. */
  async open(host: string, port: number): Promise<Result<Port, ListenFault>> {
    const { clock, logger, budget } = this.#parts;
    const listener = await listen(host, port, logger, (socket: Socket) => {
      this.#accept(new Wire(socket, clock, logger, budget));
    });
    if (!listener.ok) {
      return listener;
    }
    this.#listener = listener.value;
    return ok(listener.value.port);
  }

  /** Takes nobody in any more; resolves when everybody who came in here is gone, which is their owners' to see to. */
  async close(): Promise<void> {
    const closed = this.#listener?.close();
    this.#halfOpen.members().forEach((wire) => {
      wire.destroy();
    });
    await closed;
  }

  #accept(wire: Wire): void {
    const { clock, limits } = this.#parts;
    this.#halfOpen.add(wire, addressGroup(wire.address))?.destroy();
    void wire.gone.then(() => {
      this.#halfOpen.delete(wire);
    });
    receiveGreeting(newlyArrived(wire, clock), clock, {
      deadlineMs: limits.greetingMs,
      decode: decodeKnock,
      onMessage: (knock, arrived) => {
        this.#halfOpen.delete(wire);
        this.#lead(knock, arrived);
      },
    });
  }

  #lead(knock: Knock, arrived: Arrived): void {
    const { netplay, host, join, link } = this.#parts.destinations;
    switch (knock.type) {
      case "netplay":
        netplay(arrived);
        return;
      case "host":
        host(arrived);
        return;
      case "join": {
        const id = sessionIdFromBytes(knock.id);
        this.#try(arrived, () => id !== undefined && join(id, arrived), "nobody's session was asked for");
        return;
      }
      case "link":
        this.#try(arrived, () => link(knock.peer, arrived), "a link that nobody asked for was offered");
    }
  }

  /** Whoever knows an id proves it by knowing it; a miss counts against the address. */
  #try({ wire }: Arrived, hit: () => boolean, missed: string): void {
    const { clock, guesses } = this.#parts;
    const nowMs = clock.now();
    const key = addressGroup(wire.address);
    if (!guesses.has(key, nowMs)) {
      wire.destroy();
    } else if (!hit()) {
      guesses.take(key, nowMs);
      wire.destroy();
      this.#parts.logger.info({ address: wire.address }, missed);
    }
  }
}
