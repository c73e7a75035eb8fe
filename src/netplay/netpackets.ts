import { COMMAND } from "./commands.ts";
import { implementationMagic } from "./header.ts";

const PROTOCOL = 6;

/** Releases of RetroArch that know no netpackets. 1.10.2 is missing: it cannot be told from 1.18.0. */
const WITHOUT_NETPACKETS = releases([
  "1.10.0",
  "1.10.1",
  "1.10.3",
  "1.11.0",
  "1.11.1",
  "1.12.0",
  "1.13.0",
  "1.14.0",
  "1.15.0",
]);

/** The only ones with a command of its own for netpackets to everybody. */
const WITH_BROADCASTS = releases(["1.16.0", "1.16.0.1", "1.16.0.2", "1.16.0.3"]);

/**
 * Whether a host reads the whole of this netpacket. RetroArch skips a command that it does not know by its size, which does
 * not count a netpacket's first 4 bytes: it would take the last 4 for the beginning of another command.
 *
 * @param implementation - Of the host's header.
 */
export function readsNetpacket(command: number, implementation: number): boolean {
  return command === COMMAND.netpacketBroadcast
    ? WITH_BROADCASTS.has(implementation)
    : !WITHOUT_NETPACKETS.has(implementation);
}

function releases(versions: readonly string[]): ReadonlySet<number> {
  return new Set(versions.map((version) => implementationMagic(version, PROTOCOL)));
}
