/** Names compare by this: letters' case and the composition of accents do not matter. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
