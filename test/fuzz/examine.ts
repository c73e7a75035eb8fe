import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../helpers/eventually.ts";
import type { LiveRoom } from "../helpers/live-room.ts";
import { rally, isFullPace } from "../helpers/rally.ts";
import { isRunning, openFiles } from "../helpers/process-facts.ts";
import type { RetroArchClient } from "../helpers/retroarch-client.ts";
import type { Seen } from "./watch.ts";

/** Faults of a room, in the order in which they are checked. */
export type FaultKind =
  | "server-gone"
  | "bug-in-log"
  | "log-grows"
  | "memory"
  | "server-held"
  | "host-crashed"
  | "host-ended"
  | "standstill"
  | "player-lost"
  | "clients-stay"
  | "leak"
  | "host-died"
  | "stands-still"
  | "pace"
  | "savestates"
  | "out-of-step"
  | "buttons"
  | "newcomer";

export interface Fault {
  readonly kind: FaultKind;
  /** The observation. */
  readonly seen: string;
}

const MAX_SERVER_MIB = 400;
/** Two requests to the admin socket; an idle server answers them within a millisecond. */
const MAX_ANSWER_MS = 250;
const MAX_CALM_ANSWER_MS = 100;
/** Limits of log lines for one batch: at `info` and above, and in all at `debug`. */
const MAX_LOG_LINES = 1_000;
/** For a batch whose clients come and go; a lower value means that both games stood still for a while. */
const MIN_FPS_UNDER_ATTACK = 25;

/** A busy machine alone does not cause a lower value. */
const STANDS_STILL_FPS = 20;
/** A client may request this many savestates in a batch. Each goes to all clients; so does the one for each client that joins. */
const SAVESTATES_OF_A_CLIENT = 16;

const GONE_MS = 10_000;
const PACE_MS = 1_500;
/** Pads, paddles, ball, score, frame, state and server of the ball: the whole state of the game. */
const GAME = { address: 0x20, length: 22, frameAt: rally.address.frame - 0x20 } as const;

/** Open files of the process itself: admin sockets, and files of the runtime. */
const FILES_OF_ITS_OWN = 6;
/** pino's number for errors. */
const ERROR_LEVEL = 50;

/** The room before the attack. */
export interface Baseline {
  readonly hostPid: number;
  /** Files that the server had open. */
  readonly files: number;
}

/** Faults of the server itself, independent of its players. */
export function examineServer(room: LiveRoom, seen: Seen, logFrom: number): Fault | undefined {
  if (!isRunning(room.server.pid)) {
    return { kind: "server-gone", seen: JSON.stringify(room.server.log.at(-1)) };
  }
  const lines = room.server.log.slice(logFrom);
  const bug = lines.find(
    ({ msg, level }) => String(msg).includes("a bug in netplayd") || Number(level) >= ERROR_LEVEL,
  );
  if (bug !== undefined) {
    return { kind: "bug-in-log", seen: JSON.stringify(bug) };
  }
  if (lines.length > MAX_LOG_LINES) {
    return { kind: "log-grows", seen: `${lines.length} lines, e.g. ${JSON.stringify(lines.at(-1))}` };
  }
  if (seen.largestMiB > MAX_SERVER_MIB) {
    return { kind: "memory", seen: `${Math.round(seen.largestMiB)} MiB` };
  }
  return seen.slowestAnswerMs > MAX_ANSWER_MS
    ? { kind: "server-held", seen: `an administrator waited ${Math.round(seen.slowestAnswerMs)} ms` }
    : undefined;
}

/** Whether both players still play correctly after the attack. */
export async function examineRoom(room: LiveRoom, { hostPid, files }: Baseline): Promise<Fault | undefined> {
  return (
    (await examineRoster(room)) ??
    (await examineFiles(room, files)) ??
    (await examineHost(room, hostPid)) ??
    (await examineGame(room)) ??
    (await does("buttons", () => room.buttonsTravel())) ??
    (await does("newcomer", () => room.takesNewcomer()))
  );
}

/** How fast both players' games ran while attackers joined, watched and left: games may only wait for players. */
export function examinePaces(slowestSeconds: readonly number[]): Fault | undefined {
  return slowestSeconds.some((fps) => fps < MIN_FPS_UNDER_ATTACK)
    ? {
        kind: "standstill",
        seen: `frames in the players' slowest second: ${slowestSeconds.map(Math.round).join()}`,
      }
    : undefined;
}

/** Whether attackers have caused more savestates than they may request. */
export function examineSavestates(most: number, clients: number): Fault | undefined {
  const allowed = (clients + 2) * SAVESTATES_OF_A_CLIENT;
  return most > allowed
    ? {
        kind: "savestates",
        seen: `one client got ${most} in a batch of ${clients} clients, which may ask for ${allowed}`,
      }
    : undefined;
}

/**
 * Whether the host has ended a client without a reason. Then the gateway passed something that this host refuses, or
 * the host reads the stream in another way than the filter does.
 */
export function examineHostEnds(
  room: LiveRoom,
  blameless: ReadonlySet<string>,
  logFrom: number,
): Fault | undefined {
  const ended = room.server.log
    .slice(logFrom)
    .find(({ reason, address }) => reason === "host-closed" && blameless.has(String(address)));
  return ended === undefined ? undefined : { kind: "host-ended", seen: JSON.stringify(ended) };
}

/** Whether all files for clients that have left are closed. */
async function examineFiles(room: LiveRoom, before: number): Promise<Fault | undefined> {
  const { pid } = room.server;
  const closed = await eventually("closed", () => openFiles(pid) <= before + FILES_OF_ITS_OWN, GONE_MS).catch(
    () => undefined,
  );
  return closed === undefined
    ? { kind: "leak", seen: `${openFiles(pid)} files are open, ${before} were before anybody came` }
    : undefined;
}

async function examineRoster(room: LiveRoom): Promise<Fault | undefined> {
  const nicks = async (): Promise<readonly string[]> =>
    (await room.server.session(room.port))?.roster.map(({ nick }) => nick) ?? [];
  for (const player of room.players) {
    if (player.log().includes("Netplay disconnected")) {
      return { kind: "player-lost", seen: `${player.nick} says "Netplay disconnected"` };
    }
  }
  const gone = await eventually("alone", async () => (await nicks()).length <= 2, GONE_MS).catch(
    () => undefined,
  );
  const now = await nicks();
  if (!["ann", "bob"].every((nick) => now.includes(nick))) {
    return { kind: "player-lost", seen: `in the room: ${now.join()}` };
  }
  return gone === undefined ? { kind: "clients-stay", seen: `in the room: ${now.join()}` } : undefined;
}

async function examineHost(room: LiveRoom, hostPid: number): Promise<Fault | undefined> {
  const askedAtMs = performance.now();
  const pid = (await room.server.session(room.port))?.pid;
  const answerMs = performance.now() - askedAtMs;
  if (pid !== hostPid) {
    return { kind: "host-died", seen: `its process was ${hostPid} and is ${String(pid)}` };
  }
  return answerMs > MAX_CALM_ANSWER_MS
    ? { kind: "server-held", seen: `an administrator waited ${Math.round(answerMs)} ms after the attack` }
    : undefined;
}

/** Whether both games run at full speed and in step. */
export async function examineGame(room: LiveRoom): Promise<Fault | undefined> {
  const over = sleep(PACE_MS);
  const [paces, ...games] = await Promise.all([
    room.paces(over, PACE_MS),
    ...room.players.map((player) => recordGame(player, over)),
  ]);
  if (!paces.every(isFullPace)) {
    const text = paces.map(({ fps, slowestSecond }) => `${fps.toFixed(1)} (${slowestSecond.toFixed(1)})`);
    const kind = paces.some(({ fps }) => fps < STANDS_STILL_FPS) ? "stands-still" : "pace";
    return { kind, seen: `frames a second (and in the slowest one): ${text.join()}` };
  }
  const [ann, bob] = games;
  return compareGames(ann ?? new Map(), bob ?? new Map());
}

/** The game's memory by frame, for the frames that were read. */
async function recordGame(player: RetroArchClient, over: Promise<unknown>): Promise<Map<number, string>> {
  const state = { isOver: false };
  void over.then(() => {
    state.isOver = true;
  });
  const game = new Map<number, string>();
  while (!state.isOver) {
    const bytes = Buffer.from(await player.ram(GAME.address, GAME.length));
    game.set(bytes.readUInt32LE(GAME.frameAt), bytes.toString("hex"));
    await sleep(8);
  }
  return game;
}

/** Compares both games at frames that were read of both. They may differ for a short time while a button is on its way. */
export function compareGames(
  ann: ReadonlyMap<number, string>,
  bob: ReadonlyMap<number, string>,
): Fault | undefined {
  const both = [...ann.keys()].filter((frame) => bob.has(frame)).sort((a, b) => a - b);
  const differing = both.filter((frame) => ann.get(frame) !== bob.get(frame));
  if (both.length === 0) {
    return {
      kind: "out-of-step",
      seen: `no frame in common: ${[...ann.keys()].at(-1) ?? 0} and ${[...bob.keys()].at(-1) ?? 0}`,
    };
  }
  const last = both.at(-1) ?? 0;
  return differing.includes(last)
    ? { kind: "out-of-step", seen: `frame ${last}: ${ann.get(last) ?? ""} and ${bob.get(last) ?? ""}` }
    : undefined;
}

async function does(kind: FaultKind, act: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return { kind, seen: String(error) };
  }
}
