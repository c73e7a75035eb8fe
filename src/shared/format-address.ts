import { plainAddress } from "./address-group.ts";

/** A host as written in front of `:port`: an IPv6 address gets brackets. */
export function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** `192.0.2.7:5000`, `[2001:db8::7]:5000` or `example.org:5000`; an IPv4 address of a dual-stack socket reads as IPv4. */
export function formatAddress(host: string, port: number): string {
  return `${formatHost(plainAddress(host))}:${port}`;
}
