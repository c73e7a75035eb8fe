export { ClientSlot } from "./client-slot.ts";
export { ClientSlots } from "./client-slots.ts";
export { CommandFilter } from "./command-filter.ts";
export type { Expected } from "./expected-info.ts";
export type { LinkEvents } from "./link-events.ts";
export { Link } from "./link.ts";
export { SavestateRequests } from "./savestate-requests.ts";
export { StallBudgets } from "./stall-budgets.ts";
