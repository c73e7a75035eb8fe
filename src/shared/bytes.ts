/**
 * A cursor over received bytes, big-endian. Reading past the end never throws: it returns zeros and makes
 * `finish()` return false. So a decoder reads all its fields and checks once.
 */
export class ByteReader {
  #offset = 0;
  #exhausted = false;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    const at = this.#take(1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at === undefined ? 0 : this.#view.getUint16(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at === undefined ? new Uint8Array() : this.#bytes.subarray(at, at + length);
  }

  /** True when every read was within the bytes and nothing is left over. */
  finish(): boolean {
    return !this.#exhausted && this.#offset === this.#bytes.length;
  }

  #take(length: number): number | undefined {
    if (this.#exhausted || this.#offset + length > this.#bytes.length) {
      this.#exhausted = true;
      return undefined;
    }
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}

/** Builds a message, big-endian. Values must fit their field; Buffer's own RangeError says so otherwise. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    const part = Buffer.alloc(1);
    part.writeUInt8(value);
    return this.bytes(part);
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16BE(value);
    return this.bytes(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    return this.bytes(part);
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
