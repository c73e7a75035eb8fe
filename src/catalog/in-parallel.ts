import { availableParallelism } from "node:os";

/**
 * Works on the items, on as many at once as there are processors.
 *
 * @param signal - Once it is aborted, no further item is begun.
 */
export async function inParallel<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
  atOnce = availableParallelism(),
): Promise<void> {
  const rest = items.values();
  const takeTurns = async (): Promise<void> => {
    for (const item of rest) {
      if (signal?.aborted === true) {
        return;
      }
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
}
