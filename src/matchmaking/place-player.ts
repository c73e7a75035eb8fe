import type { FindGame, HostedGame } from "../game.ts";
import type { JoinRequest, NoRoom, RoomPass } from "../join-request.ts";
import type { PersistentRoom } from "../room-config.ts";
import { fail, formatAddress, ok, type Clock, type Result, type SessionId } from "../shared/index.ts";
import { chooseRoom, type RoomCandidate, type RoomCandidates, type RoomDecision } from "./choose-room.ts";
import type { ExplanationParts } from "./explain.ts";

/** What can be hosted, what is, and how more is hosted. */
export interface MatchmakingParts extends ExplanationParts {
  readonly clock: Clock;
  readonly find: FindGame;
  /** A player who quick-joins is asked for a password, which names a room. */
  readonly asksPassword: boolean;
  readonly persistent: PersistentRoomHosts;
  readonly sessions: JoinableSessions;
}

interface PersistentRoomHosts {
  readonly all: readonly PersistentRoom[];
  isUp(room: PersistentRoom): boolean;
  /** What the room hosts; while it does not, what it would for a player with this version of the core. Empty: any version. */
  gameOf(room: PersistentRoom, coreVersion: string): Result<HostedGame, string>;
  /** Resolves when the room hosts. */
  open(room: PersistentRoom, coreVersion: string, requester: string): Promise<Result<unknown, string>>;
}

export interface JoinableSession {
  readonly sessionId: SessionId;
  readonly game: HostedGame;
  /** Names its room; undefined: a public one. */
  readonly passwordHash: string | undefined;
  /** Name of the persistent room that it is the session of. */
  readonly room: string | undefined;
  readonly stage: "starting" | "up" | "ending";
}

export interface JoinableSessions {
  all(): readonly JoinableSession[];
  /** The outcome of the session's start. */
  whenOpened(sessionId: SessionId): Promise<Result<unknown, string>>;
  /** Opens a session without a port of its own; resolves when it hosts. */
  openFor(request: JoinRequest, game: HostedGame): Promise<Result<{ readonly sessionId: SessionId }, string>>;
  /** Whether a further session may be opened for somebody from this address. */
  canOpen(address: string): boolean;
  /** Whether the session of this persistent room may be opened, or is there already. */
  canOpenRoom(sessionId: SessionId): boolean;
  hasSlotFor(sessionId: SessionId, address: string): boolean;
  isKicked(sessionId: SessionId, address: string): boolean;
}

/** Where a player may be placed. */
export interface Destinations {
  readonly persistent: readonly { readonly room: PersistentRoom; readonly pass: RoomPass }[];
  /** Of other rooms; undefined: only a persistent one will do. */
  readonly game: HostedGame | undefined;
}

type PlacingParts = Pick<MatchmakingParts, "persistent" | "sessions">;

/** Rooms that filled up or ended while they were waited for; more in a row than any crowd brings about. */
const MAX_ATTEMPTS = 8;

/**
 * Chooses a room for a player, has it hosted, and enters it. Looks again when it has filled up or ended meanwhile.
 *
 * @param enter - False: the room is gone or full.
 */
export async function placePlayer(
  request: JoinRequest,
  destinations: Destinations,
  enter: (pass: RoomPass) => boolean,
  parts: PlacingParts,
): Promise<Result<RoomPass, NoRoom>> {
  const refused = new Map<SessionId, string>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS + refused.size; attempt++) {
    const decision = chooseRoom(findCandidates(request, destinations, parts), refused);
    if (decision.type === "turn-away") {
      return fail({ reason: decision.reason });
    }
    // A room that is up is entered at once, before anybody else takes its last slot.
    const hosted = decision.type === "enter" ? ok(decision.pass) : await awaitHost(decision, request, parts);
    if (hosted.ok) {
      if (enter(hosted.value)) {
        return ok(hosted.value);
      }
    } else if (decision.type === "host") {
      refused.set(decision.room.id, hosted.reason);
    } else {
      return fail({ reason: hosted.reason });
    }
  }
  return fail({ reason: "full" });
}

async function awaitHost(
  decision: Extract<RoomDecision, { readonly type: "host" | "wait" | "open" }>,
  request: JoinRequest,
  { persistent, sessions }: PlacingParts,
): Promise<Result<RoomPass, string>> {
  if (decision.type === "open") {
    const opened = await sessions.openFor(request, decision.game);
    return opened.ok ? ok({ sessionId: opened.value.sessionId, mayPlay: true }) : opened;
  }
  const { pass } = decision;
  const from = formatAddress(request.address, request.port);
  const hosted =
    decision.type === "wait"
      ? await sessions.whenOpened(pass.sessionId)
      : await persistent.open(decision.room, request.coreVersion, from);
  return hosted.ok ? ok(pass) : hosted;
}

function findCandidates(
  { address, passwordHash }: JoinRequest,
  { persistent: rooms, game }: Destinations,
  { persistent, sessions }: PlacingParts,
): RoomCandidates {
  const candidate = (pass: RoomPass, isUp: boolean): RoomCandidate => {
    return { pass, isUp, hasSlot: sessions.hasSlotFor(pass.sessionId, address) };
  };
  const others = sessions
    .all()
    .filter(({ room, stage }) => room === undefined && stage !== "ending")
    .filter((session) => session.passwordHash === passwordHash);
  return {
    persistent: rooms.map(({ room, pass }) => ({ room, ...candidate(pass, persistent.isUp(room)) })),
    others: game && {
      game,
      rooms: others
        .filter((session) => isSameGame(session.game, game))
        .map(({ sessionId, stage }) => candidate({ sessionId, mayPlay: true }, stage === "up")),
    },
  };
}

/** Players of one room share the content's file and the library that runs it. */
export function isSameGame(one: HostedGame, other: HostedGame): boolean {
  return one.content === other.content && one.core.library === other.core.library;
}
