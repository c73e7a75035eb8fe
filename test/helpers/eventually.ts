/** The pause between two looks grows from the first to the last of these: what happens soon is seen soon. */
const [FIRST_PAUSE_MS, LAST_PAUSE_MS] = [2, 20];

/** The first defined, non-false answer of `look`; rejects, naming `what`, when there is none in time. */
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
