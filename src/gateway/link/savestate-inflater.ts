import { createInflate, type Inflate } from "node:zlib";
import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeCommandHead,
  decodeSavestateHead,
  SAVESTATE_HEAD_BYTES,
  encodeSavestate,
} from "../../netplay/index.ts";
import { ChunkQueue } from "../net/index.ts";

/** The size of zlib's output chunks, and what is worked on in one turn of the event loop. */
const PIECE_BYTES = 64 * 1024;

/** LOAD_SAVESTATE up to its data. */
const SAVESTATE_BEGIN_BYTES = COMMAND_HEAD_BYTES + SAVESTATE_HEAD_BYTES;

const NOTHING = Buffer.alloc(0);

export interface InflatingParts {
  /** The largest savestate, deflated or inflated. */
  readonly maxBytes: number;
  readonly write: (bytes: Buffer) => void;
  /** So many bytes were inflated. */
  readonly inflated: (bytes: number) => void;
  /** Whether the client can take more now; `goOn` is to be called when that may have changed. */
  readonly mayInflate: () => boolean;
  /** The stream cannot go on. Called once; nothing is written afterwards. */
  readonly onBadSavestate: () => void;
}

/** A savestate in zlib. */
interface Passage {
  readonly stream: Inflate;
  /** Deflated bytes that are still to come from the host. */
  comingBytes: number;
  /** Inflated bytes that are still to come from zlib. */
  owedBytes: number;
}

/**
 * Rewrites a host's stream for a client without zlib: savestates are inflated, everything else passes, in order. A savestate
 * is inflated in pieces, off the main thread, and no faster than the client reads. What follows it waits as it is.
 */
export class SavestateInflater {
  readonly #parts: InflatingParts;
  /** What the host has sent and the client has not got. */
  readonly #queue = new ChunkQueue();
  /** Bytes of the current command that pass as they are. */
  #passingBytes = 0;
  #passage: Passage | undefined;
  #nextTurn: NodeJS.Immediate | undefined;
  #ended = false;

  constructor(parts: InflatingParts) {
    this.#parts = parts;
  }

  /** The bytes that wait, and the memory for their chunks. */
  get heldBytes(): number {
    return this.#queue.heldBytes;
  }

  push(chunk: Buffer): void {
    if (!this.#ended && chunk.length > 0) {
      this.#queue.push(chunk);
      this.#work();
    }
  }

  /** To be called when the client may be able to take more. */
  goOn(): void {
    if (this.#passage?.stream.isPaused() === true && this.#parts.mayInflate()) {
      this.#passage.stream.resume();
    }
  }

  /** Drops what waits, and what zlib has begun. */
  close(): void {
    this.#ended = true;
    this.#queue.clear();
    clearImmediate(this.#nextTurn);
    this.#passage?.stream.destroy();
    this.#passage = undefined;
  }

  /** Works until a savestate is incomplete, or has to wait for zlib. */
  #work(): void {
    const untilBytes = this.#queue.bytes - PIECE_BYTES;
    while (!this.#ended && this.#queue.bytes > 0) {
      if (this.#queue.bytes <= untilBytes) {
        // Megabytes of small commands may have come behind a savestate.
        this.#workNextTurn();
        return;
      }
      if (this.#passage !== undefined) {
        if (!this.#feed(this.#passage)) {
          return;
        }
      } else if (this.#passingBytes > 0) {
        this.#pass();
      } else if (!this.#beginCommand()) {
        return;
      }
    }
  }

  #workNextTurn(): void {
    this.#nextTurn ??= setImmediate(() => {
      this.#nextTurn = undefined;
      this.#work();
    });
  }

  /** Passes the current command on, in one piece with those after it in the chunk, up to the next savestate. */
  #pass(): void {
    const { first } = this.#queue;
    for (;;) {
      const head = decodeCommandHead(first, this.#passingBytes);
      if (!head.ok || head.value.command === COMMAND.loadSavestate) {
        break;
      }
      this.#passingBytes += COMMAND_HEAD_BYTES + head.value.payloadBytes;
    }
    const bytes = this.#queue.take(this.#passingBytes);
    this.#passingBytes -= bytes.length;
    this.#parts.write(bytes);
  }

  /** False when it cannot be begun now. */
  #beginCommand(): boolean {
    const bytes = this.#queue.peek(SAVESTATE_BEGIN_BYTES);
    const head = decodeCommandHead(bytes, 0);
    if (!head.ok) {
      return false;
    }
    const { command, payloadBytes } = head.value;
    if (command !== COMMAND.loadSavestate) {
      this.#passingBytes = COMMAND_HEAD_BYTES + payloadBytes;
      return true;
    }
    if (payloadBytes > this.#parts.maxBytes || payloadBytes < SAVESTATE_HEAD_BYTES) {
      this.#giveUp();
      return false;
    }
    const state = decodeSavestateHead(bytes.subarray(COMMAND_HEAD_BYTES));
    if (!state.ok) {
      return false;
    }
    if (state.value.uncompressedBytes > this.#parts.maxBytes) {
      this.#giveUp();
      return false;
    }
    this.#queue.take(SAVESTATE_BEGIN_BYTES);
    this.#beginSavestate(state.value, payloadBytes - SAVESTATE_HEAD_BYTES);
    return true;
  }

  #beginSavestate(state: { frame: number; uncompressedBytes: number }, deflatedBytes: number): void {
    const begin = Buffer.alloc(COMMAND_HEAD_BYTES);
    begin.writeUInt32BE(COMMAND.loadSavestate);
    begin.writeUInt32BE(SAVESTATE_HEAD_BYTES + state.uncompressedBytes, 4);
    this.#parts.write(Buffer.concat([begin, encodeSavestate(state, NOTHING)]));
    const stream = createInflate({ chunkSize: PIECE_BYTES });
    const passage = { stream, comingBytes: deflatedBytes, owedBytes: state.uncompressedBytes };
    this.#passage = passage;
    stream.on("error", () => {
      this.#giveUp();
    });
    stream.on("data", (piece: Buffer) => {
      this.#deliver(passage, piece);
    });
    stream.on("end", () => {
      this.#endSavestate(passage);
    });
    if (deflatedBytes === 0) {
      stream.end();
    }
  }

  /** False when zlib takes no more now, or has all of it. */
  #feed(passage: Passage): boolean {
    const { stream } = passage;
    if (passage.comingBytes === 0 || stream.writableNeedDrain) {
      return false;
    }
    const bytes = this.#queue.take(passage.comingBytes);
    passage.comingBytes -= bytes.length;
    if (!stream.write(bytes)) {
      stream.once("drain", () => {
        this.#work();
      });
    }
    if (passage.comingBytes === 0) {
      stream.end();
    }
    return true;
  }

  #deliver(passage: Passage, piece: Buffer): void {
    if (this.#ended) {
      return;
    }
    passage.owedBytes -= piece.length;
    if (passage.owedBytes < 0) {
      this.#giveUp();
      return;
    }
    this.#parts.inflated(piece.length);
    this.#parts.write(piece);
    if (!this.#parts.mayInflate()) {
      passage.stream.pause();
    }
  }

  #endSavestate(passage: Passage): void {
    if (this.#ended) {
      return;
    }
    if (passage.owedBytes !== 0 || passage.comingBytes !== 0) {
      this.#giveUp();
      return;
    }
    this.#passage = undefined;
    this.#work();
  }

  #giveUp(): void {
    if (!this.#ended) {
      this.close();
      this.#parts.onBadSavestate();
    }
  }
}
