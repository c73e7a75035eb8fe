import { readFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import type { RetroArchClient } from "./retroarch-client.ts";

const file = path.resolve(import.meta.dirname, "../../demo/rally.nes");
const crc = crc32(readFileSync(file));

/** The demo game of this repository, and the addresses that tests read (demo/README.md). */
export const rally = {
  file,
  core: "Nestopia",
  crc,
  crcHex: crc.toString(16).toUpperCase().padStart(8, "0"),
  address: { pads: 0x20, best: 0x2b, frame: 0x2c },
} as const;

/** The bits of the game's pad bytes. */
export const padBits = { A: 0x80, B: 0x40 } as const;

/** The request for the demo game by its CRC, as docs/request.md has it. */
export function rallyRequest(options: { readonly core?: string; readonly crc?: number } = {}): Buffer {
  const core = Buffer.from(options.core ?? rally.core);
  const crcField = Buffer.alloc(4);
  crcField.writeUInt32BE(options.crc ?? rally.crc);
  return Buffer.concat([Buffer.from([core.length]), core, Buffer.from([0, 0, 0]), crcField]);
}

/** Frames since the game began, on this player's machine. */
export async function frameOf(player: RetroArchClient): Promise<number> {
  const [a = 0, b = 0, c = 0, d = 0] = await player.ram(rally.address.frame, 4);
  return a + b * 0x100 + c * 0x10000 + d * 0x1000000;
}

export interface Pace {
  /** Frames a second over the whole time. */
  readonly fps: number;
  /** The same in the worst second of it. */
  readonly slowestSecond: number;
}

/** Whether a player notices nothing. Loading a savestate costs a few frames, which the game catches up. */
export function isFullPace({ fps, slowestSecond }: Pace): boolean {
  return fps > 58 && fps < 62 && slowestSecond > 45;
}

const LOOK_EVERY_MS = 30;

/** How fast the game runs for this player, measured for this time or, with a promise, until it settles. */
export async function measurePace(player: RetroArchClient, span: number | Promise<unknown>): Promise<Pace> {
  const samples: Sample[] = [];
  const watch = { over: false };
  const end = (): void => {
    watch.over = true;
  };
  if (typeof span === "number") {
    setTimeout(end, span);
  } else {
    span.then(end, end);
  }
  while (!watch.over || samples.length < 2) {
    const frame = await frameOf(player);
    samples.push({ atMs: performance.now(), frame });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const rates = samples.flatMap((from) => {
    const to = samples.find(({ atMs }) => atMs >= from.atMs + 1000);
    return to === undefined ? [] : rate(from, to);
  });
  const whole = rate(samples[0], samples.at(-1));
  return { fps: whole, slowestSecond: Math.min(...rates, whole) };
}

interface Sample {
  readonly atMs: number;
  readonly frame: number;
}

function rate(from: Sample | undefined, to: Sample | undefined): number {
  return from === undefined || to === undefined
    ? 0
    : ((to.frame - from.frame) * 1000) / (to.atMs - from.atMs);
}
