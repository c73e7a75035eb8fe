import { readdirSync, readFileSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { fail, ok, toCrc32, type Crc32, type Result } from "../shared/index.ts";
import { baseOf } from "./content-path.ts";
import { patchIps } from "./patch-ips.ts";

/** A patch that RetroArch applies to the content of the same name beside it, in memory. */
export interface SoftPatch {
  readonly path: string;
  /** `stacked`: one of a numbered series, which newer RetroArch applies on top of the first. */
  readonly kind: "ips" | "bps" | "ups" | "xdelta" | "stacked";
}

/** RetroArch takes the first kind that is there (tasks/task_patch.c, patch_content). */
const KINDS = ["ips", "bps", "ups", "xdelta"] as const;
const PATCH_NAME = /\.(ips|bps|ups|xdelta)(\d*)$/;
const MAX_PATCH_BYTES = 64 * 1024 * 1024;
/** RetroArch makes room for four times the content. */
const MAX_GROWTH = 4;

/** The patch that a file is by its name, undefined for any other file. */
export function toSoftPatch(file: string): SoftPatch | undefined {
  const [, kind, index] = PATCH_NAME.exec(file) ?? [];
  if (kind === undefined) {
    return undefined;
  }
  const known = KINDS.find((candidate) => candidate === kind) ?? "stacked";
  return { path: file, kind: index === "" ? known : "stacked" };
}

/** The patches in a folder; none when it cannot be read. */
export function patchesIn(directory: string): SoftPatch[] {
  try {
    return readdirSync(directory).flatMap((name) => toSoftPatch(path.posix.join(directory, name)) ?? []);
  } catch {
    return [];
  }
}

/** Those for the content with this base name. */
export function patchesFor(patches: readonly SoftPatch[], base: string): SoftPatch[] {
  return patches.filter((patch) => baseOf(patch.path) === base);
}

/** The content that a patch is applied to. */
export interface PatchSource {
  readonly wholeCrc: Crc32;
  readonly sizeBytes: number;
  /** The open file; undefined for the member of an archive. */
  readonly fd: number | undefined;
}

/** @returns The CRC of the content as the core gets it, or why it cannot be known. */
export function patchedCrc(patches: readonly SoftPatch[], source: PatchSource): Result<Crc32, string> {
  const patch = KINDS.map((kind) => patches.find((candidate) => candidate.kind === kind)).find(Boolean);
  const name = path.posix.basename(patch?.path ?? patches[0]?.path ?? "");
  if (patch === undefined || patch.kind === "xdelta" || patches.some(({ kind }) => kind === "stacked")) {
    return fail(`cannot tell what ${name} makes of it: put the patched file in its place`);
  }
  try {
    if (statSync(patch.path).size > MAX_PATCH_BYTES) {
      return fail(`${name} is too large for a patch`);
    }
    return apply(patch, readFileSync(patch.path), source, name);
  } catch {
    return fail(`${name} beside it may not be read: check its permissions`);
  }
}

function apply(patch: SoftPatch, bytes: Buffer, source: PatchSource, name: string): Result<Crc32, string> {
  // RetroArch plays the content unpatched when the patch is broken or meant for another one.
  if (patch.kind !== "ips") {
    return ok(
      (patch.kind === "bps" ? targetOfBps(bytes, source) : targetOfUps(bytes, source)) ?? source.wholeCrc,
    );
  }
  const { fd, sizeBytes } = source;
  if (fd === undefined) {
    return fail(`cannot tell what ${name} makes of it inside the archive: unpack it`);
  }
  const patched = patchIps(bytes, sizeBytes, sizeBytes * MAX_GROWTH, (target, position) =>
    readSync(fd, target, 0, target.length, position),
  );
  return ok(patched ?? source.wholeCrc);
}

/**
 * A BPS patch says the CRC of its source and of its target, and carries one of itself. RetroArch checks all three, so
 * there is no need to apply it. Undefined when it does not fit.
 */
function targetOfBps(bytes: Buffer, { wholeCrc, sizeBytes }: PatchSource): Crc32 | undefined {
  const sizes = readSizes(bytes, "BPS1", 19);
  if (sizes === undefined) {
    return undefined;
  }
  const [sourceBytes, targetBytes] = sizes;
  const fits = sourceBytes <= sizeBytes && targetBytes <= sizeBytes * MAX_GROWTH;
  return fits && bytes.readUInt32LE(bytes.length - 12) === wholeCrc
    ? toCrc32(bytes.readUInt32LE(bytes.length - 8))
    : undefined;
}

/** As BPS, but it works in both directions. */
function targetOfUps(bytes: Buffer, { wholeCrc, sizeBytes }: PatchSource): Crc32 | undefined {
  const sizes = readSizes(bytes, "UPS1", 18);
  if (sizes === undefined) {
    return undefined;
  }
  const [oneBytes, otherBytes] = sizes;
  const one = bytes.readUInt32LE(bytes.length - 12);
  const other = bytes.readUInt32LE(bytes.length - 8);
  if (sizeBytes === oneBytes && wholeCrc === one && otherBytes <= sizeBytes * MAX_GROWTH) {
    return toCrc32(other);
  }
  const backwards = sizeBytes === otherBytes && wholeCrc === other && oneBytes <= sizeBytes * MAX_GROWTH;
  return backwards ? toCrc32(one) : undefined;
}

/** Checks magic and CRC of a BPS or UPS patch and reads the two sizes in front. */
function readSizes(bytes: Buffer, magic: string, minBytes: number): [number, number] | undefined {
  if (bytes.length < minBytes || bytes.toString("latin1", 0, 4) !== magic) {
    return undefined;
  }
  if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) {
    return undefined;
  }
  const first = readVariable(bytes, 4);
  const second = readVariable(bytes, first.next);
  return second.next <= bytes.length - 12 ? [first.value, second.value] : undefined;
}

/** Seven bits a byte, least significant first, the last byte marked; every continuation adds one at its place. */
function readVariable(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  let shift = 1;
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * shift;
    if ((byte & 0x80) !== 0) {
      return { value, next: next + 1 };
    }
    shift *= 128;
    value += shift;
  }
  return { value, next: bytes.length };
}
