import type { ReadContent } from "./read-file.ts";
import { patchedCrc, patchesFor, type SoftPatch } from "../patch/soft-patch.ts";
import type { ContentBytes } from "../content-bytes.ts";

/**
 * Applies soft patches to what is known of a content. A core that opens files itself may still take some contents in memory
 * (RetroArch calls it a content override) and then gets the patch. So its CRC is known only if the patch changes nothing.
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
