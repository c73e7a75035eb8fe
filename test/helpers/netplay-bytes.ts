import * as fc from "fast-check";

/** The bytes that these hex digits spell; blanks and line breaks between them are for the reader. */
export function hex(text: string): Buffer {
  const digits = text.replaceAll(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new Error(`not hex: ${digits}`);
  }
  return Buffer.from(digits, "hex");
}

/** Text in a NUL-padded field. */
export function field(text: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.write(text, "utf8");
  return bytes;
}

/** Any bytes, as a Buffer. */
export function anyBytes(constraints: fc.IntArrayConstraints = {}): fc.Arbitrary<Buffer> {
  return fc.uint8Array(constraints).map((bytes) => Buffer.from(bytes));
}

/** Text of up to 31 bytes without control characters, as RetroArch fills its 32-byte fields. */
export const anyFieldText = fc
  .string({ unit: fc.constantFrom("a", "B", "z", "0", "9", " ", "-", ".", "'", '"', "ä", "ß", "€", "日") })
  .filter((text) => Buffer.byteLength(text) <= 31);

export const anyU32 = fc.nat(0xffffffff);

/** A stream and one way to cut it into chunks, single bytes and empty ones included. */
export function anySplit(stream: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat(stream.length), { maxLength: 40 }).map((cuts) =>
    splitAt(
      stream,
      [...cuts].sort((a, b) => a - b),
    ),
  );
}

/** The stream cut at these offsets, which must ascend. */
export function splitAt(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts, stream.length];
  return edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
}
