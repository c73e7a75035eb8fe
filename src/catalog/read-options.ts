import type { HostingPlan } from "./plan-hosting.ts";
import type { ReadOptions } from "./read-content.ts";

/** One reading serves every core that takes the file. */
export function readOptionsFor({ hostings }: HostingPlan): ReadOptions {
  const inside = hostings.flatMap(({ members }) => (members === undefined ? [] : [members]));
  const whole = inside.length < hostings.length;
  if (inside.length === 0) {
    return { whole };
  }
  const members = inside.includes(null)
    ? null
    : [...new Set(inside.flatMap((extensions) => extensions ?? []))];
  return { whole, members };
}
