/** How long a test waits for what must happen. */
const DEADLINE_MS = 10_000;

const LOOK_EVERY_MS = 3;

/** Resolves when the condition holds; rejects with `what` in its message when it does not in time. */
export async function waitUntil(
  condition: () => boolean,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
