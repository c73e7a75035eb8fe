import type { GameQuery, HostedGame } from "../game.ts";
import type { Matchmaker } from "../gateway/index.ts";
import type { JoinRequest, NoRoom, RoomPass } from "../join-request.ts";
import type { PersistentRoom, PersistentRooms } from "../persistent-rooms/index.ts";
import { isSameCoreName } from "../netplay/index.ts";
import { fail, formatAddress, ok, type Result, type SessionId } from "../shared/index.ts";
import type { SessionInfo } from "../supervisor/index.ts";

/** Looks a game up. A player who quick-joins has told a core, its version and a CRC; no names. */
export type FindGame = (wanted: GameQuery) => Result<HostedGame, NoRoom>;

export interface MatchmakerParts {
  readonly find: FindGame;
  readonly persistent: Pick<PersistentRooms, "all" | "isUp" | "gameOf" | "open">;
  readonly sessions: () => readonly SessionInfo[];
  /** The answer that whoever opened the session will get. */
  readonly whenOpened: (sessionId: SessionId) => Promise<Result<unknown, string>>;
  /** Opens a session without a port of its own. */
  readonly open: (
    game: HostedGame,
    from: { readonly address: string; readonly port: number },
    passwordHash: string | undefined,
  ) => Promise<Result<{ readonly sessionId: SessionId }, string>>;
  /** Whether a further session may be opened for somebody from this address. */
  readonly canOpen: (address: string) => boolean;
  readonly hasSlotFor: (sessionId: SessionId, address: string) => boolean;
  /** Undefined: no rooms are named by a password. */
  readonly salt?: () => number;
}

/** Rooms that filled up or ended while they were waited for; more in a row than any crowd brings about. */
const MAX_ATTEMPTS = 8;

/**
 * The room of a player who quick-joins: a fixed one of that game and that core library that lets them in, else another one
 * with a free slot, else one that is starting, else a new one. So those who come at the same moment for the same game meet.
 */
export function createMatchmaker(parts: MatchmakerParts): Matchmaker {
  return {
    ...(parts.salt === undefined ? {} : { salt: parts.salt }),

    place: placeBy(async (request) => {
      const { coreName: core, coreVersion, crc } = request;
      const found = parts.find({ core, coreVersion, crc, game: "", base: "" });
      if (!found.ok) {
        return found;
      }
      return (await findPersistentRoom(found.value, request, parts)) ?? findRoom(found.value, request, parts);
    }),

    objection: (address) => (hasNoSlot(address, parts) ? "full" : undefined),
  };
}

/** How often a room is looked for when the one that was found has filled up meanwhile. */
const ENTER_ATTEMPTS = 3;

/** Looks for a room, and again when it has filled up meanwhile. */
export function placeBy(
  find: (request: JoinRequest) => Promise<Result<RoomPass, NoRoom>>,
): Matchmaker["place"] {
  return async (request, enter) => {
    for (let attempt = 0; attempt < ENTER_ATTEMPTS; attempt++) {
      const found = await find(request);
      if (!found.ok || enter(found.value)) {
        return found;
      }
    }
    return fail({ reason: "full" });
  };
}

function hasNoSlot(address: string, { canOpen, sessions, hasSlotFor }: MatchmakerParts): boolean {
  return (
    !canOpen(address) &&
    sessions().every(({ sessionId, state }) => state.name === "stopping" || !hasSlotFor(sessionId, address))
  );
}

/** Undefined when no persistent room is for this player; a word that opens one leads nowhere else. */
async function findPersistentRoom(
  game: HostedGame,
  request: JoinRequest,
  { persistent, hasSlotFor }: MatchmakerParts,
): Promise<Result<RoomPass, NoRoom> | undefined> {
  const open = persistent.all.flatMap((room) => {
    const pass = isSameCoreName(room.core, request.coreName) ? passInto(room, request) : undefined;
    const hosted = pass === undefined ? undefined : persistent.gameOf(room, request.coreVersion);
    return pass !== undefined && hosted?.ok === true && isSame(hosted.value, game) ? [{ room, pass }] : [];
  });
  const ready = open.find(({ room }) => persistent.isUp(room) && hasSlotFor(room.id, request.address));
  if (ready !== undefined) {
    return ok(ready.pass);
  }
  let reason = "full";
  for (const { room, pass } of open.filter(({ room: each }) => !persistent.isUp(each))) {
    const opened = await persistent.open(
      room,
      request.coreVersion,
      formatAddress(request.address, request.port),
    );
    if (opened.ok && hasSlotFor(room.id, request.address)) {
      return ok(pass);
    }
    reason = opened.ok ? reason : opened.reason;
  }
  return open.some(({ room }) => room.password !== null) ? fail({ reason }) : undefined;
}

function passInto(
  { id, password }: PersistentRoom,
  { passwordHash, passes }: JoinRequest,
): RoomPass | undefined {
  if (password !== null) {
    return passes.find(({ sessionId }) => sessionId === id);
  }
  return passwordHash === undefined ? { sessionId: id, mayPlay: true } : undefined;
}

async function findRoom(
  game: HostedGame,
  { address, port, passwordHash }: JoinRequest,
  parts: MatchmakerParts,
): Promise<Result<RoomPass, NoRoom>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const rooms = parts
      .sessions()
      .filter(
        (session) =>
          session.room === undefined && session.passwordHash === passwordHash && isSame(session.game, game),
      );
    const ready = rooms.find(
      ({ sessionId, state }) => isReady(state.name) && parts.hasSlotFor(sessionId, address),
    );
    if (ready !== undefined) {
      return ok({ sessionId: ready.sessionId, mayPlay: true });
    }
    const starting = rooms.find(({ state }) => state.name === "reserved" || state.name === "starting");
    if (starting === undefined) {
      const opened = await parts.open(game, { address, port }, passwordHash);
      return opened.ok
        ? ok({ sessionId: opened.value.sessionId, mayPlay: true })
        : fail({ reason: opened.reason });
    }
    const started = await parts.whenOpened(starting.sessionId);
    if (!started.ok) {
      return fail({ reason: started.reason });
    }
  }
  return fail({ reason: "full" });
}

function isReady(state: SessionInfo["state"]["name"]): boolean {
  return state === "standby" || state === "playing";
}

/** Players of one room share the content's file and the library that runs it. */
function isSame(hosted: Pick<HostedGame, "content" | "core">, game: HostedGame): boolean {
  return hosted.content === game.content && hosted.core.library === game.core.library;
}
