import {
  COMMAND,
  encodeClientHeader,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
} from "../../src/netplay/index.ts";
import { toCrc32 } from "../../src/shared/index.ts";
import { splitAt } from "../helpers/netplay-bytes.ts";
import {
  anyCommand,
  anyHabit,
  stockCommand,
  type CommandOptions,
  type Habit,
  type Sent,
} from "./client-commands.ts";
import type { Random } from "./random.ts";
import type { ClientStream, EntryPoint, Milestone, Step } from "./stream.ts";

/** The game of the room. */
export interface Game {
  readonly core: string;
  readonly coreVersion: string;
  readonly crc: number;
}

export interface StreamOptions extends CommandOptions {
  readonly game: Game;
}

const FRAME_MS = 16;
const MAX_MOVES = 14;

/** A client that joins, mostly correctly, and then sends anything. */
export function anyClient(random: Random, entryPoint: EntryPoint, options: StreamOptions): ClientStream {
  const habit = anyHabit(random, options);
  return {
    type: "client",
    address: anyAddress(random),
    entryPoint,
    startMs: random.between(0, 600),
    staysMs: 0,
    opening: random.chance(0.06) ? strangeOpening(random) : opening(random, entryPoint, options.game, habit),
    steps: random.list(random.between(1, MAX_MOVES), () => anyMove(random, habit)).flat(),
  };
}

export function anyAddress(random: Random): string {
  return `127.${random.between(1, 9)}.${random.between(0, 255)}.${random.between(1, 254)}`;
}

/** First bytes that no client sends. */
function strangeOpening(random: Random): Step[] {
  const id = random.chance(0.5) ? Buffer.alloc(TUNNEL_ID_BYTES) : random.bytes(TUNNEL_ID_BYTES);
  const first = random.pick<Sent>([
    { label: "POKE", bytes: Buffer.from("POKE") },
    { label: "RATL", bytes: encodeTunnelMessage({ type: "link", peer: id }) },
    { label: "RATS", bytes: encodeTunnelMessage({ type: "session", id: random.bytes(TUNNEL_ID_BYTES) }) },
    { label: "RATA", bytes: encodeTunnelMessage({ type: "address-question", peer: id }) },
    { label: "RATP", bytes: encodeTunnelMessage({ type: "ping" }) },
    { label: "noise", bytes: random.bytes(random.between(1, 200)) },
    { label: "nothing", bytes: Buffer.alloc(0) },
  ]);
  return [write(random, [first]), write(random, [header(random)])];
}

function opening(random: Random, entryPoint: EntryPoint, game: Game, habit: Habit): Step[] {
  const steps: Step[] = [write(random, [header(random)]), ...waitFor(random, "header")];
  steps.push(write(random, [nick(random)]));
  if (random.chance(0.04)) {
    steps.push(write(random, [stockCommand(random, COMMAND.password)]));
  }
  steps.push(...waitFor(random, "info"));
  const answers = random.weighted<() => Sent[]>([
    [80, () => [info(game, "")]],
    [6, () => [question(), info(game, "")]],
    [4, () => [info(game, ""), info(game, "")]],
    [3, () => [info({ ...game, coreVersion: "9" }, ":version")]],
    [3, () => [info({ ...game, crc: random.u32() }, ":crc")]],
    [2, () => [info({ ...game, core: "Another" }, ":core")]],
    [2, () => [anyCommand(random, habit)]],
  ])();
  steps.push(write(random, answers));
  if (entryPoint.at === "netplay-port") {
    // After a quick join the gateway asks first, and then the host.
    steps.push({ type: "wait", until: "second-info", deadlineMs: 1_500 }, write(random, answers));
  }
  return [...steps, { type: "wait", until: "sync", deadlineMs: 1_500 }];
}

function header(random: Random): Sent {
  const isStock = random.chance(0.85);
  const bytes = encodeClientHeader({
    platform: isStock ? 0x00040008 : random.pick([0, 0x00040004, 0x40040008, 0xffffffff, random.u32()]),
    compression: random.chance(0.8) ? 1 : random.pick([0, 0, 2, 3, 0xffffffff]),
    highestProtocol: isStock ? random.pick([0, 6, 6, 7]) : random.pick([4, 5, 8, 0xffffffff, random.u32()]),
    lowestProtocol: isStock ? 5 : random.pick([0, 5, 6, 7, 0xffffffff, random.u32()]),
    implementation: random.pick([0x469, 0x259, 0x455, random.u32()]),
  });
  return { label: isStock ? "header" : `header ${bytes.toString("hex")}`, bytes };
}

function nick(random: Random): Sent {
  if (random.chance(0.03)) {
    return { label: "nick(odd)", bytes: encodeCommand(COMMAND.nick, random.bytes(random.between(0, 68))) };
  }
  const name = random.weighted([
    [80, `fuzz-${random.between(0, 99)}`],
    [4, ""],
    [4, "ann"],
    [4, "x".repeat(31)],
    [4, "日本語äöü"],
    [4, 'a"\n\t\u001b[31m'],
  ]);
  const bytes = encodeNickCommand(name);
  return random.chance(0.03)
    ? { label: "nick(no end)", bytes: encodeCommand(COMMAND.nick, Buffer.alloc(32, 0xc3)) }
    : { label: "nick", bytes };
}

function info({ core, coreVersion, crc }: Game, label: string): Sent {
  const payload = encodeInfo({ crc: toCrc32(crc), coreName: core, coreVersion });
  return { label: `info${label}`, bytes: encodeCommand(COMMAND.info, payload) };
}

function question(): Sent {
  return { label: "info(0)", bytes: encodeCommand(COMMAND.info) };
}

function waitFor(random: Random, until: Milestone): Step[] {
  return random.chance(0.9) ? [{ type: "wait", until, deadlineMs: 1_000 }] : [];
}

/** The next steps of a client. */
function anyMove(random: Random, habit: Habit): Step[] {
  const moves: [number, () => Step[]][] = [
    [30, () => random.list(random.between(1, 6), () => command(random, habit)).flat()],
    [
      15,
      () => [
        write(
          random,
          random.list(random.between(2, 20), () => anyCommand(random, habit)),
        ),
      ],
    ],
    [12, () => play(random, habit)],
    [habit.except.has("spectate") ? 0 : 6, () => toggles(random)],
    [habit.except.has("spectate") ? 0 : 4, () => leave(random, habit)],
    [8, () => flood(random, habit)],
    [6, () => random.list(random.between(1, 10), () => oddInput(random, habit))],
    [4, () => [{ type: "read", on: false }, pause(random, 400), { type: "read", on: random.chance(0.5) }]],
    [5, () => [pause(random, 300)]],
    [3, () => [{ type: "end", how: random.pick(["half-close", "reset", "close"] as const) }]],
  ];
  return random.weighted(moves)();
}

function command(random: Random, habit: Habit): Step[] {
  return [
    write(random, [anyCommand(random, habit)]),
    { type: "pause", ms: random.chance(0.5) ? FRAME_MS : 0 },
  ];
}

/** Takes a pad, then plays as a stock client for a while, or stays silent. */
function play(random: Random, { except, daring }: Habit): Step[] {
  const isMute = !except.has("mute-player") && random.chance(daring / 2);
  return [
    { type: "steady", on: !isMute },
    write(random, [{ label: "play(any)", bytes: encodeCommand(COMMAND.play, Buffer.alloc(4)) }]),
    { type: "wait", until: "playing", deadlineMs: 300 },
    pause(random, 500),
    ...(except.has("mute-player") || !random.chance(daring) ? [] : [{ type: "steady", on: false } as const]),
  ];
}

/** At full speed, or hardly faster than its host answers. */
function toggles(random: Random): Step[] {
  const ms = random.pick([0, FRAME_MS, 2 * FRAME_MS, 4 * FRAME_MS]);
  return random
    .list(random.between(2, 30), (index): Step[] => [
      write(random, [stockCommand(random, index % 2 === 0 ? COMMAND.play : COMMAND.spectate)]),
      { type: "pause", ms },
    ])
    .flat();
}

/** Gives its pad back, sends some last commands and leaves. */
function leave(random: Random, habit: Habit): Step[] {
  const last = random.list(random.between(0, 3), () => anyCommand(random, { ...habit, daring: 0.4 }));
  return [
    ...play(random, habit),
    write(random, [stockCommand(random, COMMAND.spectate), ...last]),
    { type: "end", how: random.pick(["half-close", "reset", "close"] as const) },
  ];
}

/** Repeats one command, as often as a client may send it at once. */
function flood(random: Random, habit: Habit): Step[] {
  const one = anyCommand(random, habit);
  const times = random.pick([8, 10, 50, 200, 890]);
  const label = `${times} × ${one.label}`;
  return [write(random, [{ label, bytes: Buffer.concat(Array.from({ length: times }, () => one.bytes)) }])];
}

function oddInput(random: Random, { daring }: Habit): Step {
  return {
    type: "input",
    frameOffset: random.weighted([
      [60, 0],
      [15, random.between(-70, -1)],
      [60 * daring, random.between(1, 5)],
      [40 * daring, random.between(60, 0x7fffffff)],
    ]),
    words: random.list(
      random.weighted([
        [80, 1],
        [10, 0],
        [10, random.between(2, 12)],
      ]),
      () => (random.chance(0.5) ? 0 : random.u32()),
    ),
  };
}

function pause(random: Random, maxMs: number): Step {
  return { type: "pause", ms: random.between(0, maxMs) };
}

/** These bytes, mostly in one piece. */
function write(random: Random, sent: readonly Sent[]): Step {
  const label = sent.map((one) => one.label).join(" ");
  return { type: "write", label, ...anyPieces(random, Buffer.concat(sent.map(({ bytes }) => bytes))) };
}

/** The bytes in random pieces, with or without pauses between them. */
export function anyPieces(random: Random, bytes: Buffer): { chunks: Buffer[]; gapMs: number } {
  if (random.chance(0.7) || bytes.length < 2) {
    return { chunks: [bytes], gapMs: 0 };
  }
  const cuts = random.list(random.between(1, 6), () => random.between(0, bytes.length)).sort((a, b) => a - b);
  return {
    chunks: splitAt(bytes, cuts).filter((piece) => piece.length > 0),
    gapMs: random.pick([0, 0, 1, FRAME_MS, 40]),
  };
}
