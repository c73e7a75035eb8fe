import { randomInt } from "node:crypto";
import type { Matchmaker } from "../../join-request.ts";
import {
  ok,
  TokenBuckets,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../../shared/index.ts";
import type { Budget } from "../budget/index.ts";
import { ConnectionDispatcher, type ConnectionDispatcherParts } from "./connection-dispatcher.ts";
import {
  type FailedHandshakes,
  PasswordGuard,
  type IdentifiedClient,
  PasswordCheck,
  type LockedRoom,
} from "../handshake/index.ts";
import type { UnreadConnection, ListenFault } from "../net/index.ts";
import { QuickJoin } from "./quick-join.ts";
import type { GatewayLimits } from "../limits.ts";
import { Relay, type RelaySettings } from "../relay/index.ts";

/** Where those come in who know the id of a room that may have no session yet. */
export interface PersistentRoomEntry {
  readonly sessionId: SessionId;
  /** For the log. */
  readonly name: string;
  /** Finds this room alone. */
  readonly matchmaker: Omit<Matchmaker, "salt"> & Required<Pick<Matchmaker, "loaded">>;
  /** Undefined: no password is asked for. */
  readonly locked: Omit<LockedRoom, "sessionId"> | undefined;
}

export interface NetplayPortOptions {
  /** `::` takes IPv4 as well. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly matchmaker: Omit<Matchmaker, "loaded">;
  readonly persistent: readonly PersistentRoomEntry[];
  readonly relay: RelaySettings;
}

export interface NetplayPortParts extends NetplayPortOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly failedHandshakes: FailedHandshakes;
  readonly budget: Budget;
  readonly protocolHigh: () => number;
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => SessionRoom | undefined;
}

interface SessionRoom {
  receive(unread: UnreadConnection): void;
  welcome(client: IdentifiedClient): boolean;
}

/** Everything behind the netplay port. */
export interface NetplayPort {
  readonly relay: Relay;
  open(): Promise<Result<Port, ListenFault>>;
  /** Ends relayed rooms and whoever has no room yet; resolves when the port is free and everybody from it is gone. */
  close(): Promise<void>;
}

export function createNetplayPort(parts: NetplayPortParts): NetplayPort {
  const { clock, logger, limits, budget, failedHandshakes, host, port } = parts;
  const { guessesPerSecond: perSecond, guessBurst: burst } = limits;
  const guesses = new TokenBuckets({ perSecond, burst }, MAX_GUESSERS);
  const guard = new PasswordGuard(limits, guesses, clock, logger);
  const relay = new Relay({ clock, logger, limits, budget, failedHandshakes, settings: parts.relay });
  const quickJoin = createQuickJoin(parts, guard);
  const persistent = createPersistentRoomEntries(parts, guard);
  const dispatcher = new ConnectionDispatcher({
    clock,
    logger,
    limits,
    budget,
    guesses,
    destinations: createDestinations(quickJoin, persistent, relay, parts.room),
  });
  return {
    relay,
    open: () => dispatcher.open(host, port),
    async close() {
      const closed = dispatcher.close();
      [quickJoin, ...persistent.values()].forEach((asks) => {
        asks.close();
      });
      relay.close();
      await closed;
    },
  };
}

function createDestinations(
  quickJoin: QuickJoin,
  persistent: ReadonlyMap<SessionId, QuickJoin>,
  relay: Relay,
  sessionRoom: NetplayPortParts["room"],
): ConnectionDispatcherParts["destinations"] {
  return {
    netplay: (unread) => {
      quickJoin.receive(unread);
    },
    join: (sessionId, unread) => {
      const room = persistent.get(sessionId) ?? sessionRoom(sessionId);
      room?.receive(unread);
      return room !== undefined || relay.join(sessionId, unread);
    },
    host: (unread) => {
      relay.host(unread);
    },
    link: (peer, unread) => relay.link(peer, unread),
  };
}

/** Addresses whose guesses are kept in mind. */
const MAX_GUESSERS = 10_000;

const SALTS = 2 ** 32;

/** False when the room is gone or full. */
function enterOf({ room }: NetplayPortParts): (sessionId: SessionId, client: IdentifiedClient) => boolean {
  return (sessionId, client) => room(sessionId)?.welcome(client) ?? false;
}

/** A word that opens no locked room is no mistake here: it is the name of another room. */
function createQuickJoin(parts: NetplayPortParts, guard: PasswordGuard): QuickJoin {
  const locked = parts.persistent.flatMap((each) =>
    each.locked === undefined ? [] : [{ sessionId: each.sessionId, ...each.locked }],
  );
  const keys = new PasswordCheck(locked, guard);
  return new QuickJoin({
    ...parts,
    enter: enterOf(parts),
    unlock: (said, onVerdict) => {
      if (said.passwordHash === undefined || locked.length === 0) {
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
function createPersistentRoomEntries(
  parts: NetplayPortParts,
  guard: PasswordGuard,
): ReadonlyMap<SessionId, QuickJoin> {
  const { limits } = parts;
  const perRoom = { halfOpenPort: limits.halfOpenPerRoom, contentQueries: limits.halfOpenPerRoom };
  const entries = parts.persistent.map(({ sessionId, name, matchmaker, locked }): [SessionId, QuickJoin] => {
    const keys = new PasswordCheck(locked === undefined ? [] : [{ sessionId, ...locked }], guard);
    return [
      sessionId,
      new QuickJoin({
        ...parts,
        logger: parts.logger.child({ sessionId, room: name }),
        limits: { ...limits, ...perRoom },
        // Another salt for each, so that nobody can use a hash again that they have seen.
        matchmaker: locked === undefined ? matchmaker : { ...matchmaker, salt: () => randomInt(1, SALTS) },
        enter: enterOf(parts),
        unlock: (said, onVerdict) => keys.unlock(said, onVerdict),
      }),
    ];
  });
  return new Map(entries);
}
