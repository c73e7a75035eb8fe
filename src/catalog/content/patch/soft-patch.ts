import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fail, ok, type Crc32, type Result } from "../../../shared/index.ts";
import { crcOfBytes, type ContentBytes } from "../content-bytes.ts";
import { targetOfBps, targetOfUps, type ContentSum } from "./patch-bps-ups.ts";
import { patchIps } from "./patch-ips.ts";

/** A patch that RetroArch applies in memory to the content of the same name in the same folder. */
export interface SoftPatch {
  readonly path: string;
  readonly kind: (typeof KINDS)[number];
  /** 0 for the first; `.ips1` to `.ips9` are applied on top of it. */
  readonly index: number;
}

/** RetroArch takes the first kind that is there (tasks/task_patch.c, patch_content). */
const KINDS = ["ips", "bps", "ups", "xdelta"] as const;
const PATCH_NAME = /\.(ips|bps|ups|xdelta)([1-9]?)$/;
const MAX_PATCH_BYTES = 64 * 1024 * 1024;

/** The patch that a file is by its name, undefined for any other file. */
export function toSoftPatch(file: string): SoftPatch | undefined {
  const [, name, index] = PATCH_NAME.exec(file) ?? [];
  const kind = KINDS.find((candidate) => candidate === name);
  return kind === undefined ? undefined : { path: file, kind, index: Number(index) };
}

/** The patches in a folder; none when it cannot be read. */
export function patchesIn(directory: string): SoftPatch[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .flatMap(({ name }) => toSoftPatch(path.posix.join(directory, name)) ?? []);
  } catch {
    return [];
  }
}

/**
 * The patches that RetroArch applies to a content, in its order.
 *
 * @param stem - Path of the content without its extension; a member counts as lying next to its archive.
 */
export function patchesFor(patches: readonly SoftPatch[], stem: string): SoftPatch[] {
  const own = patches.filter((patch) => patch.path.replace(PATCH_NAME, "") === stem);
  const chain: SoftPatch[] = [];
  for (;;) {
    const candidates = own.filter(({ index }) => index === chain.length);
    const next = KINDS.map((kind) => candidates.find((patch) => patch.kind === kind)).find(Boolean);
    if (next === undefined) {
      return chain;
    }
    chain.push(next);
  }
}

/** The content that patches are applied to. */
export interface PatchSource extends ContentSum {
  /** Undefined when its bytes cannot be read. */
  readonly open: () => ContentBytes | undefined;
}

/**
 * @param chain - From `patchesFor`, not empty.
 * @returns The CRC of the content as the core gets it, or why only a host can tell.
 */
export function patchedCrc(chain: readonly SoftPatch[], source: PatchSource): Result<Crc32, string> {
  let patched = source;
  for (const patch of chain) {
    const next = apply(patch, patched);
    if (!next.ok) {
      return fail(`${path.posix.basename(patch.path)} beside it ${next.reason}`);
    }
    patched = next.value;
  }
  return ok(patched.crc);
}

/** RetroArch ignores a patch that is broken or meant for another content. */
function apply(patch: SoftPatch, source: PatchSource): Result<PatchSource, string> {
  // RetroArch supports it since 1.17, if built with it.
  if (patch.kind === "xdelta") {
    return fail("is applied by some builds of RetroArch and passed over by others");
  }
  const bytes = readPatch(patch.path);
  if (!bytes.ok) {
    return bytes;
  }
  if (patch.kind === "ips") {
    return applyIps(bytes.value, source);
  }
  const target = patch.kind === "bps" ? targetOfBps(bytes.value, source) : targetOfUps(bytes.value, source);
  return ok(target === undefined ? source : { ...target, open: () => undefined });
}

function readPatch(file: string): Result<Buffer, string> {
  try {
    return statSync(file).size > MAX_PATCH_BYTES ? fail("is too large for a patch") : ok(readFileSync(file));
  } catch {
    return fail("may not be read: check its permissions");
  }
}

function applyIps(bytes: Buffer, source: PatchSource): Result<PatchSource, string> {
  const content = source.open();
  if (content === undefined) {
    return fail("changes bytes that are not at hand");
  }
  const patched = patchIps(bytes, content);
  return ok(
    patched === undefined
      ? source
      : { crc: crcOfBytes(patched), sizeBytes: patched.sizeBytes, open: () => patched },
  );
}
