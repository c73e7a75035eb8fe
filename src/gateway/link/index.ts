export { ClientSlots } from "./client-slots.ts";
export type { Expected } from "./expected-info.ts";
export type { LinkPlan } from "./link.ts";
