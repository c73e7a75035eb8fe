export { Budget } from "./budget.ts";
export type { Charges, RoomAccounts } from "./charges.ts";
export { DEFAULT_MEMORY_BYTES } from "./limits.ts";
