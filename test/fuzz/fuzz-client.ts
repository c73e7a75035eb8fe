import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Socket } from "node:net";
import {
  COMMAND,
  CommandFramer,
  decodeHostHeader,
  decodeMode,
  decodeSync,
  encodeCommand,
  HEADER_BYTES,
  type CommandFrame,
} from "../../src/netplay/index.ts";
import type { ClientStream, Milestone, Step } from "./stream.ts";

const LOOK_EVERY_MS = 5;
/** How many bytes of a host's command are read; savestates are not kept. */
const MAX_KEPT_BYTES = 256;
/** How many written bytes are kept for a report. */
const MAX_NOTED_BYTES = 4_096;

/** The port that a client connects to, and its bytes before the header. */
export interface Target {
  readonly port: number;
  readonly preamble: Buffer;
}

/** Plays one client's stream, and trusts no message of the host. */
export class FuzzClient {
  readonly stream: ClientStream;
  /** The written bytes, in order. */
  readonly written: Buffer[] = [];
  /** How many it received. */
  savestates = 0;
  #writtenBytes = 0;
  readonly #socket: Socket;
  readonly #framer = new CommandFramer(({ payloadBytes }) =>
    payloadBytes <= MAX_KEPT_BYTES ? payloadBytes : 0,
  );
  #early: Buffer = Buffer.alloc(0);
  readonly #reached = new Map<Milestone, number>();
  #isSteady = false;
  #isPlaying = false;
  #nextFrame = 0;
  #clientNumber = 0;
  #isOver = false;
  #askedForItsEnd = false;
  #hasPlayed = false;

  constructor(stream: ClientStream, { port, preamble }: Target) {
    this.stream = stream;
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      localAddress: stream.address,
      noDelay: true,
      allowHalfOpen: true,
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.#isOver = true;
    });
    this.#socket.on("end", () => {
      this.#isOver = true;
    });
    this.#socket.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
    });
    this.#write(preamble);
  }

  /** Whether the host has let it in. */
  get gotIn(): boolean {
    return this.#reached.has("sync");
  }

  /** Whether its connection has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the host has given it a pad. */
  get hasPlayed(): boolean {
    return this.#hasPlayed;
  }

  /**
   * Whether it has sent a command that passes and for which a host may end it: NAK, DISCONNECT, input for any frame, and SPECTATE
   * behind a PLAY that the host refuses.
   */
  get askedForItsEnd(): boolean {
    return this.#askedForItsEnd;
  }

  /** Plays its steps until the last one, until the connection is closed, or until the time is up. */
  async play(steps: readonly Step[], endsAtMs: number): Promise<void> {
    for (const step of steps) {
      if (this.#isOver || performance.now() > endsAtMs) {
        return;
      }
      await this.#take(step);
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #take(step: Step): Promise<void> {
    switch (step.type) {
      case "write":
        this.#askedForItsEnd ||= /nak|disconnect|input|spectate/i.test(step.label);
        for (const [index, chunk] of step.chunks.entries()) {
          if (index > 0) {
            await sleep(step.gapMs);
          }
          this.#write(chunk);
        }
        return;
      case "input":
        this.#sendInput((this.#nextFrame + step.frameOffset) >>> 0, step.words);
        return;
      case "steady":
        this.#isSteady = step.on;
        return;
      case "wait":
        return this.#wait(step.until, step.deadlineMs);
      case "pause":
        await sleep(step.ms);
        return;
      case "read":
        if (step.on) {
          this.#socket.resume();
        } else {
          this.#socket.pause();
        }
        return;
      case "end":
        this.#end(step.how);
        return;
    }
  }

  #end(how: "half-close" | "reset" | "close"): void {
    switch (how) {
      case "half-close":
        this.#socket.end();
        return;
      case "reset":
        this.#socket.resetAndDestroy();
        return;
      case "close":
        this.#isOver = true;
        this.#socket.destroySoon();
        return;
    }
  }

  async #wait(until: Milestone, deadlineMs: number): Promise<void> {
    const count = until === "second-info" ? 2 : 1;
    const milestone = until === "second-info" ? "info" : until;
    const deadline = performance.now() + deadlineMs;
    while (!this.#isOver && (this.#reached.get(milestone) ?? 0) < count && performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
    }
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0 || !this.#socket.writable) {
      return;
    }
    if (this.#writtenBytes < MAX_NOTED_BYTES) {
      this.written.push(bytes);
      this.#writtenBytes += bytes.length;
    }
    this.#socket.write(bytes);
  }

  #sendInput(frame: number, words: readonly number[]): void {
    this.#askedForItsEnd = true;
    const payload = Buffer.alloc(8 + 4 * words.length);
    payload.writeUInt32BE(frame, 0);
    payload.writeUInt32BE(this.#clientNumber, 4);
    words.forEach((word, index) => payload.writeUInt32BE(word, 8 + 4 * index));
    this.#write(encodeCommand(COMMAND.input, payload));
  }

  #receive(chunk: Buffer): void {
    if (this.#reached.has("header")) {
      this.#framer.push(chunk).forEach((frame) => {
        this.#obey(frame);
      });
      return;
    }
    this.#early = Buffer.concat([this.#early, chunk]);
    if (decodeHostHeader(this.#early).ok) {
      const rest = this.#early.subarray(HEADER_BYTES);
      this.#mark("header");
      this.#receive(rest);
    }
  }

  #obey({ command, payload }: CommandFrame): void {
    switch (command) {
      case COMMAND.info:
        this.#mark("info");
        return;
      case COMMAND.sync: {
        this.#mark("sync");
        const sync = decodeSync(payload, payload.length);
        this.#clientNumber = sync.ok ? sync.value.clientNumber : 0;
        return;
      }
      case COMMAND.mode: {
        const mode = decodeMode(payload);
        if (mode.ok && mode.value.you) {
          this.#isPlaying = mode.value.playing;
          this.#hasPlayed ||= mode.value.playing;
          this.#nextFrame = mode.value.frame;
          this.#mark("playing");
        }
        return;
      }
      case COMMAND.loadSavestate:
        this.savestates++;
        return;
      case COMMAND.noInput:
        if (payload.length >= 4) {
          this.#keepUp(payload.readUInt32BE(0));
        }
        return;
      case COMMAND.pingRequest:
        this.#write(encodeCommand(COMMAND.pingResponse));
        return;
      default:
        return;
    }
  }

  /** Sends the input that is due; ignores a host's frame that is absurdly far away. */
  #keepUp(frame: number): void {
    if (!this.#isSteady || !this.#isPlaying || frame - this.#nextFrame > 200) {
      return;
    }
    while (this.#nextFrame <= frame) {
      this.#sendInput(this.#nextFrame, [0]);
      this.#nextFrame++;
    }
  }

  #mark(milestone: Milestone): void {
    this.#reached.set(milestone, (this.#reached.get(milestone) ?? 0) + 1);
  }
}
