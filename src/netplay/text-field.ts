/**
 * The text of a fixed-size field: the bytes before the first NUL. The last byte is never text, because RetroArch
 * overwrites it with NUL. Bytes that are no UTF-8 become U+FFFD. The text is the peer's and may contain any character.
 */
export function decodeTextField(field: Uint8Array): string {
  const limit = Math.max(0, field.length - 1);
  const nul = field.subarray(0, limit).indexOf(0);
  return Buffer.from(field.subarray(0, nul === -1 ? limit : nul)).toString("utf8");
}

/** NUL-padded UTF-8 in `sizeBytes` bytes, the last of which is always NUL; cut between characters when it is too long. */
export function encodeTextField(text: string, sizeBytes: number): Buffer {
  const field = Buffer.alloc(sizeBytes);
  const nul = text.indexOf("\0");
  new TextEncoder().encodeInto(nul === -1 ? text : text.slice(0, nul), field.subarray(0, sizeBytes - 1));
  return field;
}
