/** The pause between two checks grows from the first to the last of these values, so that early results are seen early. */
const [FIRST_PAUSE_MS, LAST_PAUSE_MS] = [2, 20];

/** Resolves with the first answer of `look` that is neither undefined nor false. Rejects with `what` when there is none in time. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
