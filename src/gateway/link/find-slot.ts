import { addressGroup, countBy } from "../../shared/index.ts";
import type { GatewayLimits } from "../limits.ts";
import type { ClientSlot } from "./client-slot.ts";

interface SlotRules extends Pick<GatewayLimits, "clientsPerAddress" | "onTheWayMs"> {
  readonly maxClients: number;
  /** Whether a handshake of this address has failed lately: it gives way at once to an address without failures. */
  readonly hasFailed: (address: string) => boolean;
}

type SlotFacts = Pick<ClientSlot, "address" | "entry" | "sinceMs">;

/** Whether a newcomer gets a slot, and which slot has to give way. A client in the game never gives way. */
export function findSlot<T extends SlotFacts>(
  taken: readonly T[],
  address: string,
  nowMs: number,
  { maxClients, clientsPerAddress, onTheWayMs, hasFailed }: SlotRules,
): { readonly givesWay: T | undefined } | undefined {
  const group = addressGroup(address);
  const own = taken.filter((slot) => addressGroup(slot.address) === group);
  if (own.length >= clientsPerAddress) {
    return undefined;
  }
  if (taken.length < maxClients) {
    return { givesWay: undefined };
  }
  const onTheWay = taken.filter(({ entry }) => entry === undefined);
  const counts = countBy(onTheWay.map((slot) => addressGroup(slot.address)));
  const most = Math.max(0, ...counts.values());
  const failed = hasFailed(address) ? undefined : onTheWay.find((slot) => hasFailed(slot.address));
  const givesWay =
    failed ??
    onTheWay.find(
      (slot) => counts.get(addressGroup(slot.address)) === most && nowMs - slot.sinceMs >= onTheWayMs,
    );
  return givesWay === undefined ? undefined : { givesWay };
}
