import { COMMAND, COMMAND_HEAD_BYTES, commandName, encodeCommand } from "../../src/netplay/index.ts";
import type { Random } from "./random.ts";

/** One command as a client sends it, with a description for people. */
export interface Sent {
  readonly label: string;
  readonly bytes: Buffer;
}

/** In RetroArch's enum, used by no release. */
const CFG = 0x0061;
const CFG_ACK = 0x0062;

/** Every id that RetroArch has a name for. */
export const KNOWN_COMMANDS: readonly number[] = [...Object.values(COMMAND), CFG, CFG_ACK];

/** Commands of stock clients: a stream of these lasts the longest. */
const CLIENT_COMMANDS: readonly number[] = [
  COMMAND.ack,
  COMMAND.input,
  COMMAND.spectate,
  COMMAND.play,
  COMMAND.requestSavestate,
  COMMAND.pause,
  COMMAND.resume,
  COMMAND.playerChat,
  COMMAND.pingRequest,
  COMMAND.pingResponse,
  COMMAND.nak,
  COMMAND.disconnect,
  COMMAND.info,
  CFG,
  CFG_ACK,
];

/** Of these, the commands that a host accepts at any time without closing the connection. */
const HARMLESS_COMMANDS: readonly number[] = [
  COMMAND.ack,
  COMMAND.requestSavestate,
  COMMAND.resume,
  COMMAND.pingRequest,
  COMMAND.pingResponse,
  CFG,
];

const SIZES = new Map<number, number>([
  [COMMAND.input, 12],
  [COMMAND.noInput, 4],
  [COMMAND.nick, 32],
  [COMMAND.password, 64],
  [COMMAND.info, 68],
  [COMMAND.sync, 184],
  [COMMAND.play, 4],
  [COMMAND.mode, 60],
  [COMMAND.modeRefused, 4],
  [COMMAND.crc, 8],
  [COMMAND.loadSavestate, 64],
  [COMMAND.pause, 32],
  [COMMAND.stall, 4],
  [COMMAND.reset, 4],
  [COMMAND.netpacket, 16],
  [COMMAND.netpacketBroadcast, 16],
  [COMMAND.playerChat, 24],
  [COMMAND.settingAllowPausing, 4],
  [COMMAND.settingInputLatencyFrames, 8],
]);

/** Sizes at and around limits: of input, any command, chat, a field, a netpacket, a signed size, any size. */
const BORDERS = [
  51, 52, 53, 67, 68, 69, 94, 95, 96, 97, 255, 256, 65_535, 65_536, 65_540, 0x7fffffff, 0xffffffff,
];

/** Larger payloads are announced and not sent. */
const MAX_SENT_BYTES = 256;

const MAX_CARRIED_BYTES = 68;

export interface CommandOptions {
  /**
   * What is not made, for runs on a server that is known to fall for it: names of commands, `carrier` (commands in a command's payload),
   * `mute-player` (a pad taken and no input sent) and `owner-flood`.
   */
  readonly except: ReadonlySet<string>;
}

/** How one client behaves. */
export interface Habit extends CommandOptions {
  /** The commands that it mostly sends. A few commands get into unusual orders more often than many. */
  readonly palette: readonly number[];
  /** How likely it sends a command that ends a connection at once. */
  readonly daring: number;
}

export function anyHabit(random: Random, options: CommandOptions): Habit {
  const daring = random.weighted([
    [50, 0.01],
    [35, 0.08],
    [15, 0.4],
  ]);
  const palette = random.list(random.between(1, 5), () =>
    anyId(random, options, [
      [60, () => random.pick(HARMLESS_COMMANDS)],
      [35, () => random.pick(CLIENT_COMMANDS)],
      [5, () => random.pick(KNOWN_COMMANDS)],
    ]),
  );
  return { ...options, palette, daring };
}

/** A valid command of a client, or nearly one. */
export function anyCommand(random: Random, habit: Habit): Sent {
  const command = random.chance(habit.daring)
    ? anyId(random, habit, anyKnownOrNot(random))
    : random.pick(habit.palette);
  const isCarrier = random.chance(0.15) && !habit.except.has("carrier");
  return isCarrier ? carrier(random, command) : simple(random, command, habit);
}

/** A command with the size that RetroArch gives it. */
export function stockCommand(random: Random, command: number): Sent {
  const sizeBytes = SIZES.get(command) ?? 0;
  return { label: commandName(command), bytes: encodeCommand(command, fill(random, command, sizeBytes)) };
}

/** A command with this value in its size field, independent of its payload. */
export function announce(command: number, announcedBytes: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(COMMAND_HEAD_BYTES);
  head.writeUInt32BE(command, 0);
  head.writeUInt32BE(announcedBytes, 4);
  return Buffer.concat([head, payload]);
}

type Choices = readonly (readonly [weight: number, choose: () => number])[];

function anyKnownOrNot(random: Random): Choices {
  return [
    [60, () => random.pick(CLIENT_COMMANDS)],
    [30, () => random.pick(KNOWN_COMMANDS)],
    [6, () => random.between(0, 0x2100)],
    [4, () => random.u32()],
  ];
}

function anyId(random: Random, { except }: CommandOptions, choices: Choices): number {
  for (;;) {
    const id = random.weighted(choices)();
    if (!except.has(commandName(id))) {
      return id;
    }
  }
}

function simple(random: Random, command: number, { daring }: Habit): Sent {
  const stock = SIZES.get(command) ?? 0;
  const announced = random.weighted<() => number>([
    [78, () => stock],
    [6, () => Math.max(0, stock + random.between(-4, 4))],
    [4, () => 0],
    [6, () => random.between(0, MAX_CARRIED_BYTES)],
    [30 * daring, () => random.pick(BORDERS)],
  ])();
  // Sometimes the payload is longer or shorter than announced, so that the rest of the stream is misread.
  const following = random.chance(daring / 10) ? random.between(0, announced) : announced;
  const payload = fill(random, command, Math.min(following, MAX_SENT_BYTES));
  const bytes = announce(command, announced, payload);
  const size = announced === stock && following === announced ? "" : `(${announced})`;
  return { label: `${commandName(command)}${size}`, bytes };
}

/** A command whose payload contains commands: a reader with another size for it executes them. */
function carrier(random: Random, command: number): Sent {
  const carried: Sent[] = [];
  let room = MAX_CARRIED_BYTES;
  for (let count = random.between(1, 8); count > 0; count--) {
    const next = stockCommand(random, random.pick(CLIENT_COMMANDS));
    if (next.bytes.length <= room) {
      carried.push(next);
      room -= next.bytes.length;
    }
  }
  const payload = Buffer.concat(carried.map(({ bytes }) => bytes));
  const bytes = announce(command, payload.length, payload);
  return { label: `${commandName(command)}[${carried.map(({ label }) => label).join(" ")}]`, bytes };
}

function fill(random: Random, command: number, sizeBytes: number): Buffer {
  const payload = random.weighted<() => Buffer>([
    [70, () => meaningful(random, command, sizeBytes)],
    [15, () => random.bytes(sizeBytes)],
    [10, () => Buffer.alloc(sizeBytes)],
    [5, () => Buffer.alloc(sizeBytes, 0xff)],
  ])();
  return payload;
}

/** Payloads of a stock client, as far as they do not depend on the state of the game. */
function meaningful(random: Random, command: number, sizeBytes: number): Buffer {
  const payload = Buffer.alloc(sizeBytes);
  switch (command) {
    case COMMAND.play:
      if (sizeBytes >= 4) {
        // Slave, sharing, wanted ports.
        const [slave, share] = [random.chance(0.2) ? 0x80000000 : 0, random.chance(0.2) ? 0x240000 : 0];
        payload.writeUInt32BE((slave + share + (random.chance(0.5) ? 0 : random.between(0, 0xffff))) >>> 0);
      }
      return payload;
    case COMMAND.playerChat:
      return payload.fill(random.pick(["hello ", "/reset ", "é", "\n", "%s%n", "\0"]));
    case COMMAND.pause:
    case COMMAND.nick:
      payload.write(random.pick(["ann", "bob", "mallory", ""]));
      return payload;
    default:
      return random.bytes(sizeBytes);
  }
}
