import { crc32, deflateRawSync } from "node:zlib";

/** A member to be written; fields that are not given are correct. */
export interface ZipMember {
  readonly name: string | Buffer;
  readonly data?: Buffer;
  readonly deflate?: boolean;
  readonly encrypted?: boolean;
  /** Sizes and CRC behind the data, zeros in the local header. */
  readonly dataDescriptor?: boolean;
  /** Sizes in the zip64 extra field. */
  readonly zip64?: boolean;
  /** False values for the directory. */
  readonly claimedBytes?: number;
}

/** Writes zips with the peculiarities that a test needs: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function buildZip(members: readonly ZipMember[], comment = ""): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const data = member.data ?? Buffer.alloc(0);
    const packed = member.deflate === true ? deflateRawSync(data, { level: 1 }) : data;
    const crc = crc32(data);
    const flags = (member.encrypted === true ? 1 : 0) | (member.dataDescriptor === true ? 8 : 0);
    const method = member.deflate === true ? 8 : 0;
    const late = member.dataDescriptor === true;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(late ? 0 : crc, 14);
    local.writeUInt32LE(late ? 0 : packed.length, 18);
    local.writeUInt32LE(late ? 0 : data.length, 22);
    local.writeUInt16LE(name.length, 26);
    const descriptor = Buffer.alloc(late ? 16 : 0);
    if (late) {
      descriptor.writeUInt32LE(0x08074b50, 0);
      descriptor.writeUInt32LE(crc, 4);
      descriptor.writeUInt32LE(packed.length, 8);
      descriptor.writeUInt32LE(data.length, 12);
    }
    parts.push(local, name, packed, descriptor);
    directory.push(directoryRecord(member, name, crc, packed.length, data.length, flags, method, offset));
    offset += local.length + name.length + packed.length + descriptor.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  const zip64 = members.some((member) => member.zip64 === true)
    ? zip64End(members.length, listing.length, offset)
    : [];
  return Buffer.concat([...parts, listing, ...zip64, end, Buffer.from(comment)]);
}

function directoryRecord(
  member: ZipMember,
  name: Buffer,
  crc: number,
  packedBytes: number,
  dataBytes: number,
  flags: number,
  method: number,
  offset: number,
): Buffer {
  const claimed = member.claimedBytes ?? dataBytes;
  const extra = Buffer.alloc(member.zip64 === true ? 20 : 0);
  if (member.zip64 === true) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(claimed), 4);
    extra.writeBigUInt64LE(BigInt(packedBytes), 12);
  }
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(20, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(flags, 8);
  record.writeUInt16LE(method, 10);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(member.zip64 === true ? 0xffffffff : packedBytes, 20);
  record.writeUInt32LE(member.zip64 === true ? 0xffffffff : claimed, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(offset, 42);
  return Buffer.concat([record, name, extra]);
}

function zip64End(count: number, listingBytes: number, offset: number): Buffer[] {
  const end = Buffer.alloc(56);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(listingBytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + listingBytes), 8);
  locator.writeUInt32LE(1, 16);
  return [end, locator];
}
