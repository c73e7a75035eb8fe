import { isIPv4, isIPv6 } from "node:net";

const MAPPED_PREFIX = "::ffff:";
const ADDRESS_BYTES = 16;
const GROUPS = 8;

/** The 16 bytes of an address as RATA carries them: IPv6, or IPv4 as ::ffff:a.b.c.d. All zeros when it is no address. */
export function encodePeerAddress(address: string): Buffer {
  const bytes = Buffer.alloc(ADDRESS_BYTES);
  const text = (isIPv4(address) ? MAPPED_PREFIX + address : address).replace(/%.*$/, "");
  if (!isIPv6(text)) {
    return bytes;
  }
  const [head = "", tail] = text.split("::");
  const before = toGroups(head);
  const after = toGroups(tail ?? "");
  before.forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  after.forEach((group, index) => bytes.writeUInt16BE(group, 2 * (GROUPS - after.length + index)));
  return bytes;
}

function toGroups(text: string): number[] {
  return text
    .split(":")
    .filter((part) => part !== "")
    .flatMap((part) => {
      if (!isIPv4(part)) {
        return [Number.parseInt(part, 16)];
      }
      const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
      return [a * 256 + b, c * 256 + d];
    });
}
