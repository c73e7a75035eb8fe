/** A DAT of these games. */
export function logiqx(name: string, games: string): string {
  return `<?xml version="1.0"?><datafile><header><name>${name}</name><version>1</version></header>${games}</datafile>`;
}
