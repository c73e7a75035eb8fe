/** Removes the entries that were set longest ago when there are more than `max`. */
export function forgetOldest(entries: Map<string, unknown>, max: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= max) {
      return;
    }
    entries.delete(oldest);
  }
}
