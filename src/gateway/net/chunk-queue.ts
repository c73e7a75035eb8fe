/** Chunks below are joined. */
const SMALL_BYTES = 4 * 1024;

/** Memory of a chunk beside its bytes. */
const CHUNK_BYTES = 128;

const NOTHING = Buffer.alloc(0);

/**
 * Bytes that wait, in the chunks in which they came. Small ones are joined with those before them that are no larger, so that a
 * peer that sends single bytes makes neither thousands of objects nor thousands of writes: a chunk costs as much as a thousand bytes.
 */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes that wait, and the memory for their chunks. */
  get heldBytes(): number {
    return this.#bytes + this.#chunks.length * CHUNK_BYTES;
  }

  push(bytes: Buffer): void {
    let chunk = bytes;
    let last = this.#chunks.at(-1);
    while (last !== undefined && last.length <= chunk.length && chunk.length < SMALL_BYTES) {
      chunk = Buffer.concat([last, chunk]);
      this.#chunks.pop();
      last = this.#chunks.at(-1);
    }
    this.#chunks.push(chunk);
    this.#bytes += bytes.length;
  }

  /** The first chunk; empty when nothing waits. */
  get first(): Buffer {
    return this.#chunks[0] ?? NOTHING;
  }

  /** The first bytes that wait, at most `count`. */
  peek(count: number): Buffer {
    while (this.first.length < count && this.#chunks.length > 1) {
      this.#chunks.splice(0, 2, Buffer.concat(this.#chunks.slice(0, 2)));
    }
    return this.first.subarray(0, count);
  }

  /** Takes the first bytes out: at most `count`, all of one chunk. */
  take(count: number): Buffer {
    const { first } = this;
    const taken = first.subarray(0, count);
    if (taken.length === first.length) {
      this.#chunks.shift();
    } else {
      this.#chunks[0] = first.subarray(taken.length);
    }
    this.#bytes -= taken.length;
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
