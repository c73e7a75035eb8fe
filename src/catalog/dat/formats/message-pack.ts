/** A decoded MessagePack value; byte strings and texts both come as bytes, a map as a list of pairs. */
export type PackedValue =
  | { readonly kind: "nil" }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "bytes"; readonly value: Buffer }
  | { readonly kind: "list"; readonly value: readonly PackedValue[] }
  | { readonly kind: "map"; readonly value: readonly (readonly [PackedValue, PackedValue])[] };

export interface Decoded {
  readonly value: PackedValue;
  /** Where the next value begins. */
  readonly next: number;
}

const MAX_DEPTH = 8;
const NIL: PackedValue = { kind: "nil" };

/**
 * Decodes one value (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * @returns `need-more` when the bytes end within it, `invalid` for what is no MessagePack or nested too deep.
 */
export function decodePacked(bytes: Buffer, at: number, depth = 0): Decoded | "need-more" | "invalid" {
  const tag = bytes[at];
  if (tag === undefined) {
    return "need-more";
  }
  if (depth > MAX_DEPTH) {
    return "invalid";
  }
  if (tag <= 0x7f) {
    return { value: { kind: "number", value: tag }, next: at + 1 };
  }
  if (tag <= 0x8f) {
    return decodeMap(bytes, at + 1, tag & 0x0f, depth);
  }
  if (tag <= 0x9f) {
    return decodeList(bytes, at + 1, tag & 0x0f, depth);
  }
  if (tag <= 0xbf) {
    return decodeBytes(bytes, at + 1, tag & 0x1f);
  }
  if (tag >= 0xe0) {
    return { value: { kind: "number", value: tag - 256 }, next: at + 1 };
  }
  return decodeTagged(bytes, at + 1, tag, depth);
}

function decodeTagged(
  bytes: Buffer,
  at: number,
  tag: number,
  depth: number,
): Decoded | "need-more" | "invalid" {
  if (tag === 0xc0 || tag === 0xc2 || tag === 0xc3) {
    return { value: tag === 0xc0 ? NIL : { kind: "number", value: tag & 1 }, next: at };
  }
  const number = NUMBERS[tag];
  if (number !== undefined) {
    return at + number.bytes > bytes.length
      ? "need-more"
      : { value: { kind: "number", value: number.read(bytes, at) }, next: at + number.bytes };
  }
  const size = SIZES[tag];
  if (size === undefined) {
    return "invalid";
  }
  if (at + size.bytes > bytes.length) {
    return "need-more";
  }
  const count = bytes.readUIntBE(at, size.bytes);
  const from = at + size.bytes;
  switch (size.kind) {
    case "bytes":
      return decodeBytes(bytes, from, count);
    case "list":
      return decodeList(bytes, from, count, depth);
    case "map":
      return decodeMap(bytes, from, count, depth);
  }
}

const NUMBERS: Readonly<
  Record<number, { readonly bytes: number; readonly read: (bytes: Buffer, at: number) => number }>
> = {
  0xca: { bytes: 4, read: (bytes, at) => bytes.readFloatBE(at) },
  0xcb: { bytes: 8, read: (bytes, at) => bytes.readDoubleBE(at) },
  0xcc: { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
  0xcd: { bytes: 2, read: (bytes, at) => bytes.readUInt16BE(at) },
  0xce: { bytes: 4, read: (bytes, at) => bytes.readUInt32BE(at) },
  0xcf: { bytes: 8, read: (bytes, at) => Number(bytes.readBigUInt64BE(at)) },
  0xd0: { bytes: 1, read: (bytes, at) => bytes.readInt8(at) },
  0xd1: { bytes: 2, read: (bytes, at) => bytes.readInt16BE(at) },
  0xd2: { bytes: 4, read: (bytes, at) => bytes.readInt32BE(at) },
  0xd3: { bytes: 8, read: (bytes, at) => Number(bytes.readBigInt64BE(at)) },
};

const SIZES: Readonly<Record<number, { readonly kind: "bytes" | "list" | "map"; readonly bytes: number }>> = {
  0xc4: { kind: "bytes", bytes: 1 },
  0xc5: { kind: "bytes", bytes: 2 },
  0xc6: { kind: "bytes", bytes: 4 },
  0xd9: { kind: "bytes", bytes: 1 },
  0xda: { kind: "bytes", bytes: 2 },
  0xdb: { kind: "bytes", bytes: 4 },
  0xdc: { kind: "list", bytes: 2 },
  0xdd: { kind: "list", bytes: 4 },
  0xde: { kind: "map", bytes: 2 },
  0xdf: { kind: "map", bytes: 4 },
};

function decodeBytes(bytes: Buffer, at: number, length: number): Decoded | "need-more" {
  return at + length > bytes.length
    ? "need-more"
    : { value: { kind: "bytes", value: bytes.subarray(at, at + length) }, next: at + length };
}

function decodeList(
  bytes: Buffer,
  at: number,
  count: number,
  depth: number,
): Decoded | "need-more" | "invalid" {
  const value: PackedValue[] = [];
  let next = at;
  for (let index = 0; index < count; index++) {
    const item = decodePacked(bytes, next, depth + 1);
    if (typeof item === "string") {
      return item;
    }
    value.push(item.value);
    next = item.next;
  }
  return { value: { kind: "list", value }, next };
}

function decodeMap(
  bytes: Buffer,
  at: number,
  count: number,
  depth: number,
): Decoded | "need-more" | "invalid" {
  const flat = decodeList(bytes, at, count * 2, depth);
  if (typeof flat === "string" || flat.value.kind !== "list") {
    return typeof flat === "string" ? flat : "invalid";
  }
  const items = flat.value.value;
  const pairs = Array.from({ length: count }, (_, index) => {
    return [items[index * 2] ?? NIL, items[index * 2 + 1] ?? NIL] as const;
  });
  return { value: { kind: "map", value: pairs }, next: flat.next };
}
