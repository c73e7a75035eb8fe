import { isIPv6 } from "node:net";

const IPV6_GROUPS = 8;

/** The address without the prefix that a dual-stack socket gives to IPv4 ones. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** What a limit counts as one peer: an IPv4 address, or an IPv6 /64, which one household has. */
export function addressGroup(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? ipv6Prefix(plain, 4) : plain;
}

/** What one attacker with many addresses is likely to have: an IPv4 /24, or an IPv6 /48. */
export function wideAddressGroup(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? ipv6Prefix(plain, 3) : `${plain.split(".").slice(0, 3).join(".")}.0/24`;
}

function ipv6Prefix(address: string, groups: number): string {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(0, IPV6_GROUPS - left.length - right.length)).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, groups).join(":")}::/${groups * 16}`;
}
