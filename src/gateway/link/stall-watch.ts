import type { Clock, Timer } from "../../shared/index.ts";
import type { Observed } from "./host-observer.ts";
import type { StallBudgets } from "./stall-budgets.ts";

/** A host stops for everybody when a player is 60 frames behind. The gateway hears of frames a little late. */
const HELD_FRAMES = 56;
/** A frame of the slowest game (50 a second). */
const FRAME_MS = 20;
const LOOK_MS = 250;
/** Standstill until the first input of a player who has just taken a pad, */
const FIRST_INPUT_MS = 3_000;
/** and more for each KiB that was sent to the player: half a megabit a second has to be enough for a savestate. */
const FIRST_INPUT_MS_PER_KIB = 1000 / 64;

export interface StallWatchParts {
  readonly clock: Clock;
  readonly budgets: StallBudgets;
  readonly address: string;
  /** The client holds the room up for longer than it may; at most once. */
  readonly onExhausted: () => void;
}

/** A standstill that a client causes. */
interface Held {
  /** Not charged yet; counted up to `atMs`. */
  owedMs: number;
  atMs: number;
  totalMs: number;
}

/**
 * Measures how long one client holds its room up, and charges that to its address. The host tells its frames, the client sends
 * input for each, and the host waits for a player who is a second behind.
 */
export class StallWatch {
  readonly #parts: StallWatchParts;
  /** The frame of its next input; undefined while nobody waits for its input. */
  #nextFrame: number | undefined;
  #hostFrame = 0;
  #hasSentInput = false;
  /** Defined while it holds the room up. */
  #held: Held | undefined;
  #sentKib = 0;
  #timer: Timer | undefined;
  #exhausted = false;

  constructor(parts: StallWatchParts) {
    this.#parts = parts;
  }

  /** So much was sent to the client. */
  sent(bytes: number): void {
    this.#sentKib += bytes / 1024;
  }

  heard(observed: Observed): void {
    if (observed.type === "mode") {
      this.#release();
      this.#nextFrame = observed.playing && !observed.slave ? observed.frame : undefined;
      this.#hasSentInput = false;
    } else if (observed.type === "frame") {
      this.#hostFrame = observed.frame;
      this.#passFrame();
    }
  }

  /** The client has sent its input up to this frame. A host accepts frames in order only. */
  input(frame: number): void {
    if (this.#nextFrame === undefined) {
      return;
    }
    this.#hasSentInput = true;
    this.#nextFrame = Math.max(this.#nextFrame, frame + 1);
    if (!this.#isHolding()) {
      this.#release();
    }
  }

  /** The client is gone: charges what it still owes. */
  stop(): void {
    this.#release();
    this.#nextFrame = undefined;
  }

  #isHolding(): boolean {
    return this.#nextFrame !== undefined && this.#hostFrame - this.#nextFrame >= HELD_FRAMES;
  }

  #passFrame(): void {
    if (this.#held !== undefined) {
      this.#owe(this.#held);
      this.#held.owedMs = Math.max(0, this.#held.owedMs - FRAME_MS);
    } else if (this.#isHolding()) {
      this.#held = { owedMs: 0, atMs: this.#parts.clock.now(), totalMs: 0 };
      this.#look();
    }
  }

  #owe(held: Held): void {
    const nowMs = this.#parts.clock.now();
    held.owedMs += nowMs - held.atMs;
    held.atMs = nowMs;
  }

  #look(): void {
    this.#timer = this.#parts.clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      if (this.#held !== undefined) {
        this.#charge(this.#held);
        this.#look();
      }
    });
  }

  #release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      this.#charge(held);
    }
  }

  #charge(held: Held): void {
    const { budgets, address } = this.#parts;
    this.#owe(held);
    const owedMs = Math.max(0, held.owedMs - FRAME_MS);
    held.owedMs -= owedMs;
    held.totalMs += owedMs;
    if (owedMs > 0 && budgets.spend(address, owedMs, held.atMs)) {
      this.#exhaust();
    } else if (
      !this.#hasSentInput &&
      held.totalMs > FIRST_INPUT_MS + this.#sentKib * FIRST_INPUT_MS_PER_KIB
    ) {
      budgets.exhaust(address, held.atMs);
      this.#exhaust();
    }
  }

  #exhaust(): void {
    if (!this.#exhausted) {
      this.#exhausted = true;
      this.#parts.onExhausted();
    }
  }
}
