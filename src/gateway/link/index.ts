export { ClientSlots } from "./client-slots.ts";
export type { Expected } from "./content-check.ts";
export type { LinkPlan } from "./link.ts";
