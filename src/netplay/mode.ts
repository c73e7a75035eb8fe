import { ByteReader, ByteWriter, fail, ok, type Result } from "../shared/index.ts";
import { COMMAND } from "./commands.ts";
import { encodeCommand } from "./framer.ts";
import { NICK_BYTES } from "./nick.ts";
import { NETPLAY_PORTS } from "./sync.ts";
import { decodeTextField, encodeTextField } from "./text-field.ts";

/** Payload of MODE. */
export const MODE_BYTES = 60;

const YOU_BIT = 31;
const PLAYING_BIT = 30;
const SLAVE_BIT = 29;

/** The host says who plays and who watches from a frame on. It sends every change to every client. */
export interface Mode {
  readonly frame: number;
  /** The change is about the receiver itself. */
  readonly you: boolean;
  readonly playing: boolean;
  readonly slave: boolean;
  readonly clientNumber: number;
  /** Numbers of the ports that the client drives, from 1; empty for a spectator. */
  readonly ports: readonly number[];
  readonly shareModes: Uint8Array;
  readonly nick: string;
}

export function decodeMode(payload: Uint8Array): Result<Mode, "wrong-size"> {
  const reader = new ByteReader(payload);
  const frame = reader.u32();
  const flags = reader.u32();
  const bitmap = reader.u32();
  const mode: Mode = {
    frame,
    you: hasBit(flags, YOU_BIT),
    playing: hasBit(flags, PLAYING_BIT),
    slave: hasBit(flags, SLAVE_BIT),
    clientNumber: flags & 0xffff,
    ports: Array.from({ length: NETPLAY_PORTS }, (_, port) => port + 1).filter((port) =>
      hasBit(bitmap, port - 1),
    ),
    shareModes: reader.bytes(NETPLAY_PORTS),
    nick: decodeTextField(reader.bytes(NICK_BYTES)),
  };
  return reader.finish() ? ok(mode) : fail("wrong-size");
}

export function encodeMode(mode: Mode): Buffer {
  const flags = (mode.you ? 2 ** YOU_BIT : 0) + (mode.playing ? 2 ** PLAYING_BIT : 0);
  const shareModes = Buffer.alloc(NETPLAY_PORTS);
  shareModes.set(mode.shareModes.subarray(0, NETPLAY_PORTS));
  return new ByteWriter()
    .u32(mode.frame)
    .u32(flags + (mode.slave ? 2 ** SLAVE_BIT : 0) + mode.clientNumber)
    .u32(mode.ports.reduce((bitmap, port) => bitmap + 2 ** (port - 1), 0))
    .bytes(shareModes)
    .bytes(encodeTextField(mode.nick, NICK_BYTES))
    .finish();
}

/** Why a client may not play; RetroArch shows it to its player. `unprivileged`: not even if a port is free. */
const REFUSALS = { unprivileged: 1, "too-fast": 3 } as const;

/** A whole MODE_REFUSED command. */
export function encodeModeRefused(reason: keyof typeof REFUSALS): Buffer {
  return encodeCommand(COMMAND.modeRefused, new ByteWriter().u32(REFUSALS[reason]).finish());
}

function hasBit(value: number, bit: number): boolean {
  return ((value >>> bit) & 1) === 1;
}
