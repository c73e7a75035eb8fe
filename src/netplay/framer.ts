import { ByteWriter, fail, ok, type Result } from "../shared/index.ts";
import { isNetpacketCommand } from "./commands.ts";

/** Id and size precede every payload. */
export const COMMAND_HEAD_BYTES = 8;

/** A netpacket's payload begins with a client id that its size field does not count. */
const NETPACKET_UNCOUNTED_BYTES = 4;

export interface CommandHead {
  readonly command: number;
  /** Size of the payload, up to 4 GiB: a peer may claim any size. */
  readonly payloadBytes: number;
}

export interface CommandFrame extends CommandHead {
  /** The first bytes of the payload, as many as `keepBytes` says. May be a view of a pushed chunk. */
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

/** @throws RangeError when a netpacket's payload is shorter than its 4 bytes of client id. */
export function encodeCommand(command: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const uncounted = isNetpacketCommand(command) ? NETPACKET_UNCOUNTED_BYTES : 0;
  return new ByteWriter()
    .u32(command)
    .u32(payload.length - uncounted)
    .bytes(payload)
    .finish();
}

/** Shared, because an empty Buffer costs as much as a full one. */
const NOTHING = Buffer.alloc(0);

const NO_FRAMES: readonly CommandFrame[] = [];

/**
 * Splits a stream into commands; the stream may arrive in any pieces. Of a payload only the bytes that `keepBytes` asks for are
 * kept, so that a savestate of many megabytes costs no memory. A command that is not reported allocates nothing; nearly
 * every command of a game is such a one.
 */
export class CommandFramer {
  readonly #keepBytes: (head: CommandHead) => number | undefined;
  #head: Buffer = NOTHING;
  /** Bytes of the current command's payload that are still to come. */
  #leftBytes = 0;
  /** The current command, if it is to be reported. */
  #reported: Reported | undefined;
  #commands = 0;

  /**
   * @param keepBytes - How many bytes of this command's payload the frame keeps; the whole payload is the maximum.
   * Undefined: the command is not reported.
   */
  constructor(keepBytes: (head: CommandHead) => number | undefined) {
    this.#keepBytes = keepBytes;
  }

  /** True when only whole commands were pushed, so that another command may be inserted here. */
  get isBetweenCommands(): boolean {
    return this.#leftBytes === 0 && this.#head.length === 0;
  }

  /** How many commands have begun so far. */
  get commands(): number {
    return this.#commands;
  }

  /** The commands that this chunk completes, in order; often none. */
  push(chunk: Buffer): readonly CommandFrame[] {
    let frames: CommandFrame[] | undefined;
    let offset = this.#takePayload(chunk, 0);
    for (;;) {
      if (this.#leftBytes > 0) {
        return frames ?? NO_FRAMES;
      }
      if (this.#reported !== undefined) {
        const { head, kept } = this.#reported;
        this.#reported = undefined;
        frames ??= [];
        frames.push({ command: head.command, payloadBytes: head.payloadBytes, payload: kept });
      }
      offset = this.#takeHead(chunk, offset);
      if (offset < 0) {
        return frames ?? NO_FRAMES;
      }
      offset = this.#takePayload(chunk, offset);
    }
  }

  /** Returns where the payload begins in the chunk; -1 when the chunk ends first. */
  #takeHead(chunk: Buffer, offset: number): number {
    if (offset === chunk.length) {
      return -1;
    }
    let bytes = chunk;
    let from = offset;
    const next = offset + COMMAND_HEAD_BYTES - this.#head.length;
    if (this.#head.length > 0 || chunk.length < next) {
      bytes = Buffer.concat([this.#head, chunk.subarray(offset, next)]);
      from = 0;
    }
    const head = decodeCommandHead(bytes, from);
    if (!head.ok) {
      this.#head = bytes;
      return -1;
    }
    this.#head = NOTHING;
    this.#commands++;
    this.#leftBytes = head.value.payloadBytes;
    const toKeep = this.#keepBytes(head.value);
    if (toKeep !== undefined) {
      this.#reported = { head: head.value, toKeep, kept: NOTHING };
    }
    return next;
  }

  #takePayload(chunk: Buffer, offset: number): number {
    const taken = Math.min(this.#leftBytes, chunk.length - offset);
    this.#leftBytes -= taken;
    if (this.#reported !== undefined) {
      keep(this.#reported, chunk, offset, taken);
    }
    return offset + taken;
  }
}

/** The command whose payload is being read, and the bytes that are kept of it. */
interface Reported {
  readonly head: CommandHead;
  toKeep: number;
  kept: Buffer;
}

function keep(reported: Reported, chunk: Buffer, offset: number, bytes: number): void {
  const keptBytes = Math.min(reported.toKeep, bytes);
  if (keptBytes > 0) {
    const part = chunk.subarray(offset, offset + keptBytes);
    reported.kept = reported.kept.length === 0 ? part : Buffer.concat([reported.kept, part]);
    reported.toKeep -= keptBytes;
  }
}
