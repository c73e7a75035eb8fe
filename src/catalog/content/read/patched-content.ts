import type { ReadContent } from "./read-file.ts";
import { patchedCrc, patchesFor, type SoftPatch } from "../patch/soft-patch.ts";
import type { ContentBytes } from "../content-bytes.ts";

/**
 * Whether a core that opens files itself sees a patch is its own affair: some take cartridges in memory all the same
 * (RetroArch calls it a content override). So its CRC is known only where the patch changes nothing.
 */
export function withPatches(
  content: ReadContent,
  stem: string,
  patches: readonly SoftPatch[] | undefined,
  open: () => ContentBytes | undefined,
): { content: ReadContent; problems: readonly string[] } {
  const chain = patchesFor(patches ?? [], stem);
  if (chain.length === 0) {
    return { content, problems: [] };
  }
  const { wholeCrc, sizeBytes } = content;
  const patched = patchedCrc(chain, { crc: wholeCrc, sizeBytes, open });
  const crc = patched.ok ? patched.value : null;
  const fullPathCrc = content.fullPathCrc === crc ? crc : null;
  return {
    content: { ...content, crc, fullPathCrc, isGuess: crc !== content.crc },
    problems: patched.ok ? [] : [`${patched.reason}; netplayd catalog verify asks a host for the CRC`],
  };
}
