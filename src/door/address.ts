import { isIPv4 } from "node:net";
import { encodePeerAddress } from "../netplay/index.ts";

const IPV6_NETWORK_BYTES = 8;

/** The address without the prefix that a dual-stack listener gives to IPv4 ones. */
export function plainAddress(address: string): string {
  const mapped = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return isIPv4(mapped) ? mapped : address;
}

/** What stands for one peer: an IPv4 address, or the first 64 bits of an IPv6 one, within which a peer may roam. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  return isIPv4(plain) ? plain : encodePeerAddress(plain).toString("hex", 0, IPV6_NETWORK_BYTES);
}
