import type { HostedGame } from "../game.ts";
import { forgetOldest, growingPauseMs, type Clock } from "../shared/index.ts";
import { isStartFault } from "./end-cause.ts";
import type { Session } from "./session.ts";

/** Games beyond these are forgotten, the one that failed longest ago first. */
const MAX_GAMES = 1_000;

const MISMATCH_PAUSE_MS = 60_000;

interface FailedStart {
  readonly failures: number;
  readonly failedAtMs: number;
  readonly retryAtMs: number;
  /** `stampOf` the game when it failed. */
  readonly stamp: string;
}

/** Games whose host did not start, or announced another game. Each is tried again after a pause. */
export class FailedStarts {
  readonly #games = new Map<string, FailedStart>();
  readonly #stampOf: (game: HostedGame) => string;

  /** @param stampOf - A text that changes with the game's files and its core's. */
  constructor(stampOf: (game: HostedGame) => string) {
    this.#stampOf = stampOf;
  }

  /** Whether the game is to be refused for now. */
  isPaused(game: HostedGame, nowMs: number): boolean {
    const failed = this.#games.get(keyOf(game));
    if (failed === undefined || nowMs >= failed.retryAtMs) {
      return false;
    }
    if (failed.stamp === this.#stampOf(game)) {
      return true;
    }
    this.#games.delete(keyOf(game));
    return false;
  }

  /** Learns from a session that is about to start. */
  watch({ order: { game }, opened, gone }: Session, clock: Clock): void {
    const beganAtMs = clock.now();
    this.began(game, beganAtMs);
    void opened.then((outcome) => {
      if (outcome.ok) {
        this.succeeded(game);
      } else if (isStartFault(outcome.reason)) {
        this.failed(game, beganAtMs, clock.now());
      }
    });
    void gone.then((cause) => {
      if (cause === "wrong-content") {
        this.mismatched(game, clock.now());
      }
    });
  }

  /** A start begins. Until its outcome is known, a game that failed before is not tried a second time. */
  began(game: HostedGame, nowMs: number): void {
    const failed = this.#games.get(keyOf(game));
    if (failed !== undefined) {
      this.#games.set(keyOf(game), { ...failed, retryAtMs: nowMs + growingPauseMs(failed.failures) });
    }
  }

  succeeded(game: HostedGame): void {
    this.#games.delete(keyOf(game));
  }

  /** @param beganAtMs - Starts that began before the last failure belong to that failure. */
  failed(game: HostedGame, beganAtMs: number, nowMs: number): void {
    const before = this.#games.get(keyOf(game));
    const isKnown = before !== undefined && beganAtMs < before.failedAtMs;
    const failures = (before?.failures ?? 0) + (isKnown ? 0 : 1);
    const retryAtMs = isKnown ? before.retryAtMs : nowMs + growingPauseMs(failures);
    this.#remember(game, { failures, failedAtMs: nowMs, retryAtMs });
  }

  /** The host had loaded something else. It would do so again as long as the files are the same. */
  mismatched(game: HostedGame, nowMs: number): void {
    const retryAtMs = nowMs + MISMATCH_PAUSE_MS;
    this.#remember(game, { failures: 1, failedAtMs: nowMs, retryAtMs });
  }

  #remember(game: HostedGame, failed: Omit<FailedStart, "stamp">): void {
    this.#games.delete(keyOf(game));
    this.#games.set(keyOf(game), { ...failed, stamp: this.#stampOf(game) });
    forgetOldest(this.#games, MAX_GAMES);
  }
}

function keyOf({ core, content, crc }: HostedGame): string {
  return JSON.stringify([core.library, content, crc]);
}
