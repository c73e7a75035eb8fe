/** A name for comparison: without case, and with accents composed (NFC). */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
