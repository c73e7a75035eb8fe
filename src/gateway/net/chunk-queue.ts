/** Chunks below are joined. */
const SMALL_BYTES = 4 * 1024;

/**
 * Queues a chunk behind the others. Small ones are joined with those before them that are no larger, so that a peer that sends
 * single bytes makes neither thousands of objects nor thousands of writes: a chunk costs as much as a thousand bytes.
 */
export function enqueue(queue: Buffer[], bytes: Buffer): void {
  let chunk = bytes;
  let last = queue.at(-1);
  while (last !== undefined && last.length <= chunk.length && chunk.length < SMALL_BYTES) {
    chunk = Buffer.concat([last, chunk]);
    queue.pop();
    last = queue.at(-1);
  }
  queue.push(chunk);
}
