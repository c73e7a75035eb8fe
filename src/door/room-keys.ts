import { timingSafeEqual } from "node:crypto";
import { passwordHash } from "../netplay/index.ts";
import { fail, ok, type Clock, type Result, type SessionId } from "../shared/index.ts";
import { addressKey } from "./address.ts";
import type { GuessLimiter } from "./guess-limiter.ts";

/** A room that asks for a password. The words themselves never leave the door. */
export interface LockedRoom {
  readonly sessionId: SessionId;
  /** For those who may play. */
  readonly password: string;
  /** For those who may watch; null: nobody comes just for that. */
  readonly spectatePassword: string | null;
}

/** Leads into a room. */
export interface RoomPass {
  readonly sessionId: SessionId;
  /** False: its holder may only watch. */
  readonly mayPlay: boolean;
}

/** What somebody said who was asked for a password. */
export interface Said {
  /** The hash that came, 64 characters; undefined: they gave no word. */
  readonly word: string | undefined;
  /** The one of the header that they were answered with. */
  readonly salt: number;
  readonly address: string;
}

/** Knows which word opens which room, and for how many guesses an address is listened to. */
export class RoomKeys {
  readonly #rooms: readonly LockedRoom[];
  readonly #guesses: GuessLimiter;
  readonly #clock: Clock;

  constructor(rooms: readonly LockedRoom[], guesses: GuessLimiter, clock: Clock) {
    this.#rooms = rooms;
    this.#guesses = guesses;
    this.#clock = clock;
  }

  /** The rooms that the word opens, at least one. Whoever has missed too often is not listened to, right or wrong. */
  unlock({ word, salt, address }: Said): Result<readonly RoomPass[], "wrong-password" | "too-many-guesses"> {
    const nowMs = this.#clock.now();
    const key = addressKey(address);
    if (!this.#guesses.mayTry(key, nowMs)) {
      return fail("too-many-guesses");
    }
    const passes =
      word === undefined
        ? []
        : this.#rooms.flatMap(({ sessionId, password, spectatePassword }) => {
            const plays = isHashOf(password, salt, word);
            const watches = spectatePassword !== null && isHashOf(spectatePassword, salt, word);
            return plays || watches ? [{ sessionId, mayPlay: plays }] : [];
          });
    if (passes.length > 0) {
      return ok(passes);
    }
    this.#guesses.missed(key, nowMs);
    return fail("wrong-password");
  }
}

/** In the same time wherever the two begin to differ. */
function isHashOf(password: string, salt: number, hash: string): boolean {
  const said = Buffer.from(hash, "latin1");
  const expected = Buffer.from(passwordHash(salt, password), "latin1");
  return said.length === expected.length && timingSafeEqual(said, expected);
}
