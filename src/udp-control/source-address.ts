import { formatAddress, plainAddress } from "../shared/index.ts";

/** Where a datagram came from, as the socket reports it. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/** `192.0.2.7:5000` or `[2001:db8::7]:5000`; an IPv4 address that reached a dual-stack socket reads as IPv4. */
export function formatSource({ address, port }: Source): string {
  return formatAddress(plainAddress(address), port);
}
