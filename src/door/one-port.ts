import { randomInt } from "node:crypto";
import {
  ok,
  TokenBuckets,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import type { Budget } from "./budget/index.ts";
import { Entrance, type EntranceParts } from "./entrance.ts";
import type { FailedHandshakes } from "./failed-handshakes.ts";
import type { Arrived } from "./greeting.ts";
import { JustConnect, type RoomFinder } from "./just-connect.ts";
import type { DoorLimits } from "./limits.ts";
import type { ListenFault } from "./listener.ts";
import { PasswordGuard } from "./password-guard.ts";
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
  readonly failedHandshakes: FailedHandshakes;
  readonly budget: Budget;
  readonly protocolHigh: () => number;
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => SessionRoom | undefined;
}

interface SessionRoom {
  receive(arrived: Arrived): void;
  welcome(greeting: Greeting): boolean;
}

/** Everything behind the netplay port. */
export interface OnePort {
  readonly relay: Relay;
  open(): Promise<Result<Port, ListenFault>>;
  /** Ends relayed rooms and whoever has no room yet; resolves when the port is free and everybody from it is gone. */
  close(): Promise<void>;
}

export function createOnePort(parts: OnePortParts): OnePort {
  const { clock, logger, limits, budget, failedHandshakes, host, port } = parts;
  const { guessesPerSecond: perSecond, guessBurst: burst } = limits;
  const guesses = new TokenBuckets({ perSecond, burst }, MAX_GUESSERS);
  const guard = new PasswordGuard(limits, guesses, clock, logger);
  const relay = new Relay({ clock, logger, limits, budget, failedHandshakes, settings: parts.relay });
  const justConnect = createJustConnect(parts, guard);
  const fixed = createFixedEntrances(parts, guard);
  const entrance = new Entrance({
    clock,
    logger,
    limits,
    budget,
    guesses,
    destinations: createDestinations(justConnect, fixed, relay, parts.room),
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

function createDestinations(
  justConnect: JustConnect,
  fixed: ReadonlyMap<SessionId, JustConnect>,
  relay: Relay,
  sessionRoom: OnePortParts["room"],
): EntranceParts["destinations"] {
  return {
    netplay: (arrived) => {
      justConnect.receive(arrived);
    },
    join: (sessionId, arrived) => {
      const room = fixed.get(sessionId) ?? sessionRoom(sessionId);
      room?.receive(arrived);
      return room !== undefined || relay.join(sessionId, arrived);
    },
    host: (arrived) => {
      relay.host(arrived);
    },
    link: (peer, arrived) => relay.link(peer, arrived),
  };
}

/** Addresses whose guesses are kept in mind. */
const MAX_GUESSERS = 10_000;

const SALTS = 2 ** 32;

/** False when the room is gone or full. */
function enterOf({ room }: OnePortParts): (sessionId: SessionId, greeting: Greeting) => boolean {
  return (sessionId, greeting) => room(sessionId)?.welcome(greeting) ?? false;
}

/** A word that opens no locked room is no mistake here: it is the name of another room. */
function createJustConnect(parts: OnePortParts, guard: PasswordGuard): JustConnect {
  const locked = parts.fixed.flatMap((each) =>
    each.locked === undefined ? [] : [{ sessionId: each.sessionId, ...each.locked }],
  );
  const keys = new RoomKeys(locked, guard);
  return new JustConnect({
    ...parts,
    enter: enterOf(parts),
    unlock: (said, onVerdict) => {
      if (said.word === undefined || locked.length === 0) {
        onVerdict(ok([]));
        return () => undefined;
      }
      return keys.unlock(said, (verdict) => {
        onVerdict(verdict.ok ? verdict : ok([]));
      });
    },
  });
}

/** Each asks those who come like quick join does, and leads them to its own room. */
function createFixedEntrances(
  parts: OnePortParts,
  guard: PasswordGuard,
): ReadonlyMap<SessionId, JustConnect> {
  const { limits } = parts;
  const perRoom = { halfOpenEntrance: limits.halfOpenPerRoom, asking: limits.halfOpenPerRoom };
  const entrances = parts.fixed.map(({ sessionId, name, finder, locked }): [SessionId, JustConnect] => {
    const keys = new RoomKeys(locked === undefined ? [] : [{ sessionId, ...locked }], guard);
    return [
      sessionId,
      new JustConnect({
        ...parts,
        logger: parts.logger.child({ sessionId, room: name }),
        limits: { ...limits, ...perRoom },
        // Another salt for each, so that nobody can use a hash again that they have seen.
        finder: locked === undefined ? finder : { ...finder, salt: () => randomInt(1, SALTS) },
        enter: enterOf(parts),
        unlock: (said, onVerdict) => keys.unlock(said, onVerdict),
      }),
    ];
  });
  return new Map(entrances);
}
