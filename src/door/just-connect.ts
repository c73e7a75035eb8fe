import { negotiateProtocol, type ClientHeader, type Info } from "../netplay/index.ts";
import {
  addressGroup,
  formatCrc32,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import { Asking, type AskingParts } from "./asking.ts";
import type { FailedHandshakes } from "./failed-handshakes.ts";
import type { Arrived } from "./greeting.ts";
import { HalfOpenList } from "./half-open.ts";
import type { DoorLimits } from "./limits.ts";
import type { RoomPass } from "./room-keys.ts";
import { Reception, type Admission, type Greeting } from "./reception.ts";

/** How often a room is looked for when the one that was found has filled up meanwhile. */
const ATTEMPTS = 3;

/** What a client that quick-joins has loaded, and where it is. */
export interface Wish extends Info {
  /** Names the room, as the hash that it is; undefined: the public room. */
  readonly word: string | undefined;
  /** The locked rooms that the word opens. */
  readonly passes: readonly RoomPass[];
  readonly address: string;
  readonly port: number;
}

/** There is no room for a wish. */
export interface NoRoom {
  /** A literal, for the log. */
  readonly reason: string;
  /** What is hosted here instead, when RetroArch says something true about the difference. */
  readonly show?: Info;
}

/** Looks for the room of a client that quick-joins, or opens one. */
export interface RoomFinder {
  find(wish: Wish): Promise<Result<RoomPass, NoRoom>>;
  /** Why somebody from this address could not be seated, whatever they have loaded. */
  objection(address: string): "full" | "denied" | undefined;
  /** What its room has loaded, for a client that asks; undefined: it depends on what the client brings. */
  readonly loaded?: () => Info;
  /** The salt for the next one's password; undefined: nobody is asked for one. Where words name rooms, it must be everybody's. */
  readonly salt?: () => number;
}

export interface JustConnectParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly protocolHigh: () => number;
  readonly failedHandshakes: FailedHandshakes;
  readonly finder: RoomFinder;
  readonly unlock: AskingParts["unlock"];
  /** False when the room is gone or full. */
  readonly enter: (sessionId: SessionId, greeting: Greeting) => boolean;
}

/** Clients that know nothing but our address: they are asked what they have loaded, and get a room of that game. */
export class JustConnect {
  readonly #parts: JustConnectParts;
  readonly #reception: Reception;
  readonly #asking: HalfOpenList<Asking>;

  constructor(parts: JustConnectParts) {
    this.#parts = parts;
    const { clock, logger, limits, protocolHigh } = parts;
    this.#reception = new Reception({
      clock,
      logger,
      limits: { ...limits, halfOpenPerRoom: limits.halfOpenEntrance },
      protocolHigh,
      ...(parts.finder.salt === undefined ? {} : { salt: parts.finder.salt }),
      admit: (header, address) => this.#admit(header, address),
    });
    this.#asking = new HalfOpenList(limits.asking, limits.halfOpenPerAddress);
  }

  receive(arrived: Arrived): void {
    this.#reception.accept(arrived);
  }

  close(): void {
    this.#reception.close();
    this.#asking.members().forEach((asking) => {
      asking.end("door-closed");
    });
  }

  #admit(header: ClientHeader, address: string): Admission {
    const { failedHandshakes, finder } = this.#parts;
    const objection = finder.objection(address) ?? (failedHandshakes.mayTry(address) ? undefined : "full");
    if (objection !== undefined) {
      return { type: objection };
    }
    const protocol = negotiateProtocol(header, this.#parts.protocolHigh());
    return protocol === undefined
      ? { type: "old-protocol" }
      : {
          type: "welcome",
          protocol,
          visit: {
            greeted: (greeting) => {
              this.#ask(greeting);
            },
            ended: () => undefined,
          },
        };
  }

  #ask(greeting: Greeting): void {
    const { clock, limits, unlock, finder } = this.#parts;
    const asking: Asking = new Asking(greeting, {
      clock,
      limits,
      unlock,
      ...(finder.loaded === undefined ? {} : { loaded: finder.loaded }),
      onAnswer: (info) => {
        // Not at once: an answer that came with the nickname is read while `asking` is still being made.
        queueMicrotask(() => void this.#seat(asking, info));
      },
      onEnd: (reason, info) => {
        this.#log(greeting, reason, info);
      },
    });
    this.#asking.add(asking, addressGroup(greeting.wire.address))?.end("crowded-out");
    void greeting.wire.gone.then(() => {
      this.#asking.delete(asking);
    });
  }

  async #seat(asking: Asking, info: Info): Promise<void> {
    const { finder, enter, logger } = this.#parts;
    const { greeting } = asking;
    const { address, port } = greeting.wire;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { word, passes } = asking;
        const found = await finder.find({ ...info, word, passes, address, port });
        if (asking.isOver) {
          return;
        }
        if (!found.ok) {
          this.#turnAway(asking, info, found.reason);
          return;
        }
        if (this.#enter(asking, found.value, info, enter)) {
          return;
        }
      }
      this.#turnAway(asking, info, { reason: "full" });
    } catch (error) {
      logger.error({ err: error }, "a room could not be looked for: a bug in netplayd, please report it");
      asking.end("fault");
    }
  }

  #enter(
    asking: Asking,
    { sessionId, mayPlay }: RoomPass,
    info: Info,
    enter: JustConnectParts["enter"],
  ): boolean {
    const { nick, wire } = asking.greeting;
    if (!enter(sessionId, asking.greetingFor(info, mayPlay))) {
      return false;
    }
    asking.release();
    this.#asking.delete(asking);
    this.#parts.logger.debug({ sessionId, nick, address: wire.address, ...told(info) }, "room found");
    return true;
  }

  #turnAway(asking: Asking, info: Info, { reason, show }: NoRoom): void {
    this.#log(asking.greeting, reason, info);
    asking.turnAway(show);
  }

  #log({ nick, wire }: Greeting, reason: string, info: Info | undefined): void {
    const facts = { nick, address: wire.address, reason, ...(info === undefined ? {} : told(info)) };
    this.#parts.logger.info(facts, "client got no room");
  }
}

function told({ coreName, coreVersion, crc }: Info): Record<string, string> {
  return { core: coreName, coreVersion, crc: formatCrc32(crc) };
}
