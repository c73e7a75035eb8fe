import { deflateSync } from "node:zlib";
import {
  COMMAND,
  commandName,
  encodeCommand,
  encodeHostHeader,
  encodeInfo,
  encodeMode,
  encodeSavestate,
  encodeSync,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
} from "../../src/netplay/index.ts";
import { toCrc32 } from "../../src/shared/index.ts";
import { announce, KNOWN_COMMANDS, type Sent } from "./client-commands.ts";
import { anyPieces, type Game } from "./client-streams.ts";
import type { Random } from "./random.ts";
import type { OwnerStep, OwnerStream } from "./stream.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** Limit for one step, so that loopback can carry a batch beside a game. */
const MAX_STEP_BYTES = 256 * KIB;
const MAX_LINKS = 4;

/** Inflated sizes of savestates, and their deflated sizes. */
const BLANK_SIZES = [0, 2 * KIB, 64 * KIB, MIB, 8 * MIB, 63 * MIB, 65 * MIB];
const deflatedBlanks = new Map<number, Buffer>();

/** The owner of a relayed room, and the messages that it adds to a host's. */
export function anyOwner(random: Random, game: Game, except: ReadonlySet<string>): OwnerStream {
  const answer = random.chance(0.85) ? {} : { headerAnswer: oddHeader(random) };
  return {
    type: "owner",
    address: `127.${random.between(10, 19)}.${random.between(0, 255)}.${random.between(1, 254)}`,
    protocol: random.pick([5, 6, 6, 7]),
    ...answer,
    sram: Buffer.alloc(random.pick([0, 64, 8 * KIB, 128 * KIB])),
    answersPings: random.chance(0.8),
    steps: random.list(random.between(2, 24), () => anyStep(random, game, except)),
  };
}

function oddHeader(random: Random): Buffer {
  const header = encodeHostHeader({
    magic: random.pick(["RANP", "RANP", "FULL", "DENY"] as const),
    platform: 0x00040008,
    compression: random.pick([0, 1, 0xffffffff]),
    salt: random.pick([0, 0, random.u32()]),
    protocol: random.pick([0, 4, 5, 6, 7, 8, random.u32()]),
    implementation: 0x469,
  });
  return random.weighted([
    [70, header],
    [15, random.bytes(random.between(0, 60))],
    [15, Buffer.concat([header, random.bytes(random.between(1, 60))])],
  ]);
}

function anyStep(random: Random, game: Game, except: ReadonlySet<string>): OwnerStep {
  const isControl = random.chance(0.3);
  const sent = isControl ? controlMessage(random) : hostCommand(random, game);
  const times = except.has("owner-flood")
    ? 1
    : random.weighted([
        [75, 1],
        [15, 20],
        [8, 500],
        [2, 5_000],
      ]);
  return {
    on: isControl ? "control" : { linkNumber: random.between(0, MAX_LINKS - 1) },
    label: sent.label,
    ...anyPieces(random, sent.bytes),
    times: Math.max(1, Math.min(times, Math.floor(MAX_STEP_BYTES / Math.max(1, sent.bytes.length)))),
  };
}

function controlMessage(random: Random): Sent {
  const id = random.chance(0.3) ? Buffer.alloc(TUNNEL_ID_BYTES) : random.bytes(TUNNEL_ID_BYTES);
  return random.weighted<Sent>([
    [40, { label: "RATA", bytes: encodeTunnelMessage({ type: "address-question", peer: id }) }],
    [40, { label: "RATP", bytes: encodeTunnelMessage({ type: "ping" }) }],
    [5, { label: "RATL", bytes: encodeTunnelMessage({ type: "link", peer: id }) }],
    [5, { label: "RATS", bytes: encodeTunnelMessage({ type: "session", id }) }],
    [10, { label: "noise", bytes: random.bytes(random.between(1, 64)) }],
  ]);
}

function hostCommand(random: Random, game: Game): Sent {
  const id = random.chance(0.95) ? random.pick(KNOWN_COMMANDS) : random.u32();
  const sent = random.chance(0.75) ? stockHostCommand(random, id, game) : undefined;
  if (sent !== undefined) {
    return sent;
  }
  const announced = random.weighted([
    [60, random.between(0, 80)],
    [20, random.between(0, 70_000)],
    [10, 0],
    [10, random.pick([0x7fffffff, 0xffffffff, 64 * MIB, 64 * MIB + 9])],
  ]);
  const bytes = announce(id, announced, random.bytes(Math.min(announced, 4 * KIB)));
  return { label: `${commandName(id)}(${announced})`, bytes };
}

/** A command of a host, with unusual values. */
function stockHostCommand(random: Random, id: number, game: Game): Sent | undefined {
  const payload = hostPayload(random, id, game);
  return payload === undefined ? undefined : { label: commandName(id), bytes: encodeCommand(id, payload) };
}

function hostPayload(random: Random, id: number, game: Game): Buffer | undefined {
  const nick = random.pick(["ann", "fuzz", "", "x".repeat(31)]);
  const clientNumber = random.pick([0, 1, 2, 3, 31, 32, 0xffff]);
  switch (id) {
    case COMMAND.info:
      return random.chance(0.3)
        ? Buffer.alloc(0)
        : encodeInfo({
            crc: toCrc32(game.crc),
            coreName: game.core,
            coreVersion: random.pick(["", "1", "\u001b"]),
          });
    case COMMAND.sync: {
      const devices = random.list(16, () => random.pick([0, 1, 1, 5]));
      const sync = {
        frame: random.u32(),
        paused: random.chance(0.3),
        clientNumber,
        devices,
        shareModes: random.bytes(16),
        drivers: [],
        nick,
      };
      return encodeSync(sync, Buffer.alloc(random.pick([0, 64, 16 * KIB])));
    }
    case COMMAND.mode: {
      const [you, playing, slave] = [random.chance(0.5), random.chance(0.5), random.chance(0.2)];
      const ports = random.list(random.between(0, 4), () => random.between(1, 16));
      return encodeMode({
        frame: random.u32(),
        you,
        playing,
        slave,
        clientNumber,
        ports,
        shareModes: random.bytes(16),
        nick,
      });
    }
    case COMMAND.loadSavestate:
      return savestate(random);
    case COMMAND.noInput:
    case COMMAND.stall:
    case COMMAND.reset:
    case COMMAND.modeRefused:
    case COMMAND.settingAllowPausing:
      return random.bytes(4);
    case COMMAND.crc:
    case COMMAND.settingInputLatencyFrames:
      return random.bytes(8);
    case COMMAND.input:
      return random.bytes(8 + 4 * random.between(0, 11));
    case COMMAND.pause:
      return Buffer.alloc(32);
    case COMMAND.playerChat:
      return random.bytes(32 + random.between(1, 95));
    case COMMAND.netpacket:
    case COMMAND.netpacketBroadcast:
      return random.bytes(4 + random.pick([0, 1, 100, 8 * KIB]));
    case COMMAND.pingRequest:
    case COMMAND.pingResponse:
    case COMMAND.requestSavestate:
    case COMMAND.resume:
    case COMMAND.ack:
      return Buffer.alloc(0);
    default:
      return undefined;
  }
}

/** Deflated correctly, cut, damaged, or not deflated; with its own size or another one. */
function savestate(random: Random): Buffer {
  const size = random.pick(BLANK_SIZES);
  const deflated = deflatedBlank(size);
  const data = random.weighted<() => Buffer>([
    [70, () => deflated],
    [10, () => deflated.subarray(0, random.between(0, deflated.length))],
    [10, () => Buffer.concat([deflated, random.bytes(random.between(1, 100))])],
    [10, () => random.bytes(random.between(0, 200))],
  ])();
  const uncompressedBytes = random.chance(0.8) ? size : random.pick([0, 1, 0xffffffff, random.u32()]);
  return encodeSavestate({ frame: random.u32(), uncompressedBytes }, data);
}

function deflatedBlank(size: number): Buffer {
  const known = deflatedBlanks.get(size) ?? deflateSync(Buffer.alloc(size));
  deflatedBlanks.set(size, known);
  return known;
}
