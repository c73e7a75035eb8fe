import { ByteWriter, fail, ok, type Result } from "../shared/index.ts";
import { isNetpacketCommand } from "./commands.ts";

/** Id and size stand before every payload. */
export const COMMAND_HEAD_BYTES = 8;

/** A netpacket's payload begins with a client id that its size field does not count. */
const NETPACKET_UNCOUNTED_BYTES = 4;

export interface CommandHead {
  readonly command: number;
  /** What follows the head, up to 4 GiB: a peer may claim any size. */
  readonly payloadBytes: number;
}

export interface CommandFrame extends CommandHead {
  /** The first bytes of the payload, as many as the framer was told to keep. May be a view of a pushed chunk. */
  readonly payload: Buffer;
}

/** Reads the head of the command that begins at `offset`. */
export function decodeCommandHead(bytes: Buffer, offset: number): Result<CommandHead, "need-more"> {
  if (bytes.length - offset < COMMAND_HEAD_BYTES) {
    return fail("need-more");
  }
  const command = bytes.readUInt32BE(offset);
  const sizeField = bytes.readUInt32BE(offset + 4);
  return ok({
    command,
    payloadBytes: isNetpacketCommand(command) ? sizeField + NETPACKET_UNCOUNTED_BYTES : sizeField,
  });
}

/** @throws RangeError when a netpacket's payload lacks its 4 bytes of client id. */
export function encodeCommand(command: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const uncounted = isNetpacketCommand(command) ? NETPACKET_UNCOUNTED_BYTES : 0;
  return new ByteWriter()
    .u32(command)
    .u32(payload.length - uncounted)
    .bytes(payload)
    .finish();
}

/**
 * Cuts a stream of commands, in whatever pieces it comes. A payload is not held beyond the bytes that the observer
 * asked for, so that a savestate of many megabytes costs nothing to pass by.
 */
export class CommandFramer {
  readonly #keepBytes: (head: CommandHead) => number | undefined;
  #head: Buffer = Buffer.alloc(0);
  #current: Current | undefined;

  /**
   * @param keepBytes - How much of this command's payload the frame shall carry (at most the whole is carried);
   * undefined for a command that shall not be reported at all.
   */
  constructor(keepBytes: (head: CommandHead) => number | undefined) {
    this.#keepBytes = keepBytes;
  }

  /** Whether all that was pushed are whole commands, so that another one may stand here. */
  get isBetweenCommands(): boolean {
    return this.#current === undefined && this.#head.length === 0;
  }

  /** The commands that this chunk completes, in order; none is an ordinary answer. */
  push(chunk: Buffer): CommandFrame[] {
    const frames: CommandFrame[] = [];
    let offset = 0;
    for (;;) {
      if (this.#current === undefined) {
        const next = this.#takeHead(chunk, offset);
        if (next === undefined) {
          return frames;
        }
        offset = next;
      }
      offset = this.#takePayload(chunk, offset);
      if (this.#current === undefined || this.#current.left > 0) {
        return frames;
      }
      if (this.#current.kept !== undefined) {
        frames.push({ ...this.#current.head, payload: joined(this.#current.kept) });
      }
      this.#current = undefined;
    }
  }

  /** Returns where the payload begins in the chunk; undefined when the chunk ends first. */
  #takeHead(chunk: Buffer, offset: number): number | undefined {
    let bytes = chunk;
    let from = offset;
    let next = offset + COMMAND_HEAD_BYTES;
    if (this.#head.length > 0 || chunk.length - offset < COMMAND_HEAD_BYTES) {
      next = offset + COMMAND_HEAD_BYTES - this.#head.length;
      bytes = Buffer.concat([this.#head, chunk.subarray(offset, next)]);
      from = 0;
    }
    const head = decodeCommandHead(bytes, from);
    if (!head.ok) {
      this.#head = bytes;
      return undefined;
    }
    this.#head = Buffer.alloc(0);
    const keep = this.#keepBytes(head.value);
    this.#current = {
      head: head.value,
      left: head.value.payloadBytes,
      toKeep: keep ?? 0,
      kept: keep === undefined ? undefined : [],
    };
    return next;
  }

  #takePayload(chunk: Buffer, offset: number): number {
    const current = this.#current;
    if (current === undefined) {
      return offset;
    }
    const taken = Math.min(current.left, chunk.length - offset);
    const kept = Math.min(taken, current.toKeep);
    if (kept > 0) {
      current.kept?.push(chunk.subarray(offset, offset + kept));
      current.toKeep -= kept;
    }
    current.left -= taken;
    return offset + taken;
  }
}

/** The command whose payload is passing by. */
interface Current {
  readonly head: CommandHead;
  left: number;
  toKeep: number;
  readonly kept: Buffer[] | undefined;
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
}
