import { isIPv6 } from "node:net";
import { formatAddress } from "../shared/index.ts";

/** Where a datagram came from, as the socket reports it. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/** `192.0.2.7:5000` or `[2001:db8::7]:5000`; an IPv4 address that reached a dual-stack socket reads as IPv4. */
export function formatSource({ address, port }: Source): string {
  return formatAddress(plainAddress(address), port);
}

/** What a rate limit counts as one source: an IPv4 address, or an IPv6 /64, which is what one household has. */
export function limitGroup(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) {
    return plain;
  }
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
