/** A game of a database. */
export interface RdbGame {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc: number;
}

/** Writes a libretro database with the fields that RetroArch needs to find games by their CRC. */
export function buildRdb(games: readonly RdbGame[]): Buffer {
  const records = games.map(({ name, sizeBytes, crc }) =>
    Buffer.concat([
      Buffer.from([0x84]), // a map of 4
      ...[text("name"), text(name), text("rom_name"), text(`${name}.bin`)],
      ...[text("size"), uint32(sizeBytes)],
      ...[text("crc"), Buffer.from([0xc4, 4]), uint32(crc).subarray(1)], // bin 8 of 4 bytes
    ]),
  );
  const body = Buffer.concat([...records, Buffer.from([0xc0])]); // nil: no more games
  const header = Buffer.alloc(16);
  header.write("RARCHDB");
  header.writeUInt32BE(header.length + body.length, 12); // where the closing map is
  return Buffer.concat([header, body, Buffer.from([0x81]), text("count"), uint32(games.length)]);
}

/** fixstr up to 31 bytes, str 8 beyond. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([
    Buffer.from(bytes.length < 32 ? [0xa0 + bytes.length] : [0xd9, bytes.length]),
    bytes,
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(0xce);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
