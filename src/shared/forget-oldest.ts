/** Removes the entry that was set longest ago when there are more than `max`. Call it for each entry that is added. */
export function forgetOldest(entries: Map<string, unknown>, max: number): void {
  const [oldest] = entries.keys();
  if (entries.size > max && oldest !== undefined) {
    entries.delete(oldest);
  }
}
