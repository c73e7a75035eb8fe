/** A header is at most this long. */
export const MAX_HEADER_BYTES = 512;

/** Magic numbers of headers that dumpers put in front of a game; DAT files list what is behind them. */
const MAGICS: readonly { extensions: readonly string[]; magic: string; at: number; bytes: number }[] = [
  { extensions: ["nes", "unf", "unif"], magic: "NES\x1a", at: 0, bytes: 16 },
  { extensions: ["fds"], magic: "FDS\x1a", at: 0, bytes: 16 },
  { extensions: ["lnx"], magic: "LYNX", at: 0, bytes: 64 },
  { extensions: ["a78"], magic: "ATARI7800", at: 1, bytes: 128 },
];

/** Copiers write 512 bytes in front of an image whose size is a multiple of 1 KiB; only the size shows that there is one. */
const COPIER_EXTENSIONS = ["smc", "sfc", "swc", "fig", "bs", "st", "pce"];
const COPIER_BYTES = 512;

/** False when extension and size alone rule a header out. */
export function mayHaveHeader(extension: string, sizeBytes: number): boolean {
  return MAGICS.some(({ extensions }) => extensions.includes(extension)) || isCopied(extension, sizeBytes);
}

/**
 * Length of the copier's or emulator's header, 0 when there is none.
 *
 * @param start - The first bytes of the file, 128 or all of them.
 */
export function headerBytesOf(extension: string, start: Uint8Array, sizeBytes: number): number {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 16)).toString("latin1");
  const known = MAGICS.find(
    ({ extensions, magic, at }) => extensions.includes(extension) && text.startsWith(magic, at),
  );
  if (known !== undefined) {
    return known.bytes < sizeBytes ? known.bytes : 0;
  }
  return isCopied(extension, sizeBytes) ? COPIER_BYTES : 0;
}

function isCopied(extension: string, sizeBytes: number): boolean {
  return (
    COPIER_EXTENSIONS.includes(extension) && sizeBytes % 1024 === COPIER_BYTES && sizeBytes > COPIER_BYTES
  );
}
