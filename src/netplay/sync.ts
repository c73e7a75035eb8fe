import { ByteReader, ByteWriter, fail, ok, type Result } from "../shared/index.ts";
import { NICK_BYTES } from "./nick.ts";
import { decodeTextField, encodeTextField } from "./text-field.ts";

/** Number of ports in netplay, for every core. */
export const NETPLAY_PORTS = 16;

/** SYNC without the battery RAM that follows. */
export const SYNC_FIXED_BYTES = 184;

const PAUSED_BIT = 0x80000000;
const WORD_BYTES = 4;

/** The host accepts a client: the last message of the handshake. */
export interface Sync {
  /** The host's frame. */
  readonly frame: number;
  readonly paused: boolean;
  /** Slot plus one; 0 is the host. A number is used again when its client has left. */
  readonly clientNumber: number;
  /** libretro device id of each port: 0 none, 1 joypad, 2 mouse, 3 keyboard, 4 light gun, 5 analog. */
  readonly devices: readonly number[];
  readonly shareModes: Uint8Array;
  /** For each port a bitmap of the clients that drive it; bit 0 is the host. */
  readonly drivers: readonly number[];
  /** The name that the client has to use: the host adds " (2)" to one that is taken. */
  readonly nick: string;
  /** Size of the battery RAM behind the fixed part. */
  readonly sramBytes: number;
}

/**
 * @param fixed - The payload's first 184 bytes, or more.
 * @param payloadBytes - Size of the whole payload.
 */
export function decodeSync(fixed: Uint8Array, payloadBytes: number): Result<Sync, "too-short"> {
  if (fixed.length < SYNC_FIXED_BYTES || payloadBytes < SYNC_FIXED_BYTES) {
    return fail("too-short");
  }
  const reader = new ByteReader(fixed);
  const words = (): number[] => Array.from({ length: NETPLAY_PORTS }, () => reader.u32());
  const frame = reader.u32();
  const flags = reader.u32();
  return ok({
    frame,
    paused: flags >= PAUSED_BIT,
    clientNumber: flags % PAUSED_BIT,
    devices: words(),
    shareModes: reader.bytes(NETPLAY_PORTS),
    drivers: words(),
    nick: decodeTextField(reader.bytes(NICK_BYTES)),
    sramBytes: payloadBytes - SYNC_FIXED_BYTES,
  });
}

/** The payload: the fixed part, then the battery RAM. */
export function encodeSync(sync: Omit<Sync, "sramBytes">, sram: Uint8Array): Buffer {
  const words = (values: readonly number[]): Buffer => {
    const field = Buffer.alloc(NETPLAY_PORTS * WORD_BYTES);
    values.slice(0, NETPLAY_PORTS).forEach((value, port) => field.writeUInt32BE(value, port * WORD_BYTES));
    return field;
  };
  const shareModes = Buffer.alloc(NETPLAY_PORTS);
  shareModes.set(sync.shareModes.subarray(0, NETPLAY_PORTS));
  return new ByteWriter()
    .u32(sync.frame)
    .u32((sync.paused ? PAUSED_BIT : 0) + sync.clientNumber)
    .bytes(words(sync.devices))
    .bytes(shareModes)
    .bytes(words(sync.drivers))
    .bytes(encodeTextField(sync.nick, NICK_BYTES))
    .bytes(sram)
    .finish();
}
