import { randomInt } from "node:crypto";
import { ok, type Clock, type Logger, type Port, type Result, type SessionId } from "../shared/index.ts";
import type { Budget } from "./budget/index.ts";
import { Entrance } from "./entrance.ts";
import type { Arrived } from "./greeting.ts";
import { GuessLimiter } from "./guess-limiter.ts";
import { JustConnect, type RoomFinder } from "./just-connect.ts";
import type { DoorLimits } from "./limits.ts";
import type { ListenFault } from "./listener.ts";
import type { Greeting } from "./reception.ts";
import { Relay, type RelaySettings } from "./relay.ts";
import { RoomKeys, type LockedRoom } from "./room-keys.ts";

/** Where those come in who know the id of a room that may have no session yet. */
export interface FixedEntrance {
  readonly sessionId: SessionId;
  /** For the log. */
  readonly name: string;
  /** Finds this room alone. */
  readonly finder: Omit<RoomFinder, "salt"> & Required<Pick<RoomFinder, "loaded">>;
  /** Undefined: no password is asked for. */
  readonly locked: Omit<LockedRoom, "sessionId"> | undefined;
}

export interface OnePortOptions {
  /** `::` takes IPv4 as well. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly finder: Omit<RoomFinder, "loaded">;
  readonly fixed: readonly FixedEntrance[];
  readonly relay: RelaySettings;
}

export interface OnePortParts extends OnePortOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly budget: Budget;
  readonly protocolHigh: () => number;
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => SessionRoom | undefined;
}

interface SessionRoom {
  receive(arrived: Arrived): void;
  welcome(greeting: Greeting): boolean;
}

/** Everything behind the one port. */
export interface OnePort {
  readonly relay: Relay;
  open(): Promise<Result<Port, ListenFault>>;
  /** Ends relayed rooms and whoever has no room yet; resolves when the port is free and everybody from it is gone. */
  close(): Promise<void>;
}

export function createOnePort(parts: OnePortParts): OnePort {
  const { clock, logger, limits, budget, host, port } = parts;
  const guesses = new GuessLimiter(limits.guessesPerSecond, limits.guessBurst);
  const relay = new Relay({ clock, logger, limits, budget, settings: parts.relay });
  const justConnect = createJustConnect(parts, guesses);
  const fixed = createFixedEntrances(parts, guesses);
  const entrance = new Entrance({
    clock,
    logger,
    limits,
    budget,
    guesses,
    destinations: {
      netplay: (arrived) => {
        justConnect.receive(arrived);
      },
      join: (sessionId, arrived) => {
        const room = fixed.get(sessionId) ?? parts.room(sessionId);
        room?.receive(arrived);
        return room !== undefined || relay.join(sessionId, arrived);
      },
      host: (arrived) => {
        relay.host(arrived);
      },
      link: (peer, arrived) => relay.link(peer, arrived),
    },
  });
  return {
    relay,
    open: () => entrance.open(host, port),
    async close() {
      const closed = entrance.close();
      [justConnect, ...fixed.values()].forEach((asks) => {
        asks.close();
      });
      relay.close();
      await closed;
    },
  };
}

const SALTS = 2 ** 32;

/** False when the room is gone or full. */
function enterOf({ room }: OnePortParts): (sessionId: SessionId, greeting: Greeting) => boolean {
  return (sessionId, greeting) => room(sessionId)?.welcome(greeting) ?? false;
}

/** A word that opens no locked room is no mistake here: it is the name of another room. */
function createJustConnect(parts: OnePortParts, guesses: GuessLimiter): JustConnect {
  const locked = parts.fixed.flatMap((each) =>
    each.locked === undefined ? [] : [{ sessionId: each.sessionId, ...each.locked }],
  );
  const keys = new RoomKeys(locked, guesses, parts.clock);
  return new JustConnect({
    ...parts,
    enter: enterOf(parts),
    unlock: (said) => {
      const unlocked = said.word === undefined || locked.length === 0 ? ok([]) : keys.unlock(said);
      return unlocked.ok ? unlocked : ok([]);
    },
  });
}

/** Each asks those who come like just connect does, and leads them to its own room. */
function createFixedEntrances(
  parts: OnePortParts,
  guesses: GuessLimiter,
): ReadonlyMap<SessionId, JustConnect> {
  const { clock, limits } = parts;
  const perRoom = { halfOpenEntrance: limits.halfOpenPerRoom, asking: limits.halfOpenPerRoom };
  const entrances = parts.fixed.map(({ sessionId, name, finder, locked }): [SessionId, JustConnect] => {
    const keys = new RoomKeys(locked === undefined ? [] : [{ sessionId, ...locked }], guesses, clock);
    return [
      sessionId,
      new JustConnect({
        ...parts,
        logger: parts.logger.child({ sessionId, room: name }),
        limits: { ...limits, ...perRoom },
        // Another salt for each, so that nobody can use a hash again that they have seen.
        finder: locked === undefined ? finder : { ...finder, salt: () => randomInt(1, SALTS) },
        enter: enterOf(parts),
        unlock: (said) => keys.unlock(said),
      }),
    ];
  });
  return new Map(entrances);
}
