import { promisify } from "node:util";
import { inflate } from "node:zlib";
import {
  COMMAND,
  CommandFramer,
  decodeSavestateHead,
  encodeCommand,
  encodeSavestate,
  SAVESTATE_HEAD_BYTES,
  type CommandFrame,
} from "../netplay/index.ts";

const inflateAsync = promisify(inflate);

/** A command in its turn; `bytes` undefined while it is being inflated. */
interface Slot {
  bytes: Buffer | undefined;
}

/**
 * Rewrites a host's stream for a client without zlib: savestates are inflated, everything else passes, all in order.
 * Works off the main thread, so that one client's state delays nobody else.
 */
export class Inflating {
  readonly #maxBytes: number;
  readonly #write: (bytes: Buffer) => void;
  readonly #onBadSavestate: () => void;
  readonly #framer: CommandFramer;
  #slots: Slot[] = [];
  #bad = false;

  /**
   * @param maxBytes - The largest savestate, deflated or inflated.
   * @param write - Takes the client's bytes.
   * @param onBadSavestate - The stream cannot be continued; called once, nothing is written afterwards.
   */
  constructor(maxBytes: number, write: (bytes: Buffer) => void, onBadSavestate: () => void) {
    this.#maxBytes = maxBytes;
    this.#write = write;
    this.#onBadSavestate = onBadSavestate;
    this.#framer = new CommandFramer(({ payloadBytes }) => {
      // What cannot be kept cannot be passed on either.
      if (payloadBytes > maxBytes) {
        this.#giveUp();
        return undefined;
      }
      return payloadBytes;
    });
  }

  push(chunk: Buffer): void {
    if (this.#bad) {
      return;
    }
    const frames = this.#framer.push(chunk);
    for (const frame of frames) {
      this.#slots.push(frame.command === COMMAND.loadSavestate ? this.#inflating(frame) : passing(frame));
    }
    this.#flush();
  }

  #inflating(frame: CommandFrame): Slot {
    const slot: Slot = { bytes: undefined };
    void this.#inflate(frame.payload).then((payload) => {
      if (payload === undefined) {
        this.#giveUp();
        return;
      }
      slot.bytes = encodeCommand(COMMAND.loadSavestate, payload);
      this.#flush();
    });
    return slot;
  }

  /** The payload with its data inflated; undefined when the data is not what the head says. */
  async #inflate(payload: Buffer): Promise<Buffer | undefined> {
    const head = decodeSavestateHead(payload);
    if (!head.ok || head.value.uncompressedBytes > this.#maxBytes) {
      return undefined;
    }
    const { uncompressedBytes } = head.value;
    try {
      const data = await inflateAsync(payload.subarray(SAVESTATE_HEAD_BYTES), {
        // Zero is no limit that zlib knows.
        maxOutputLength: Math.max(1, uncompressedBytes),
      });
      return data.length === uncompressedBytes ? encodeSavestate(head.value, data) : undefined;
    } catch {
      return undefined;
    }
  }

  #flush(): void {
    const firstWaiting = this.#slots.findIndex((slot) => slot.bytes === undefined);
    const ready = this.#slots.splice(0, firstWaiting === -1 ? this.#slots.length : firstWaiting);
    const bytes = ready.flatMap((slot) => slot.bytes ?? []);
    if (bytes.length > 0 && !this.#bad) {
      this.#write(Buffer.concat(bytes));
    }
  }

  #giveUp(): void {
    if (!this.#bad) {
      this.#bad = true;
      this.#slots = [];
      this.#onBadSavestate();
    }
  }
}

function passing({ command, payload }: CommandFrame): Slot {
  return { bytes: encodeCommand(command, payload) };
}
