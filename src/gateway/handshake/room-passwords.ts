import { timingSafeEqual } from "node:crypto";
import { hashPassword } from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import { fail, ok, type Result, type SessionId } from "../../shared/index.ts";
import type { PasswordGuard } from "./password-guard.ts";

/** A room that asks for a password. The words themselves never leave the gateway. */
export interface LockedRoom {
  readonly sessionId: SessionId;
  /** For those who may play. */
  readonly password: string;
  /** For those who may watch; null: nobody comes just for that. */
  readonly spectatePassword: string | null;
}

/** What somebody said who was asked for a password. */
export interface Said {
  /** The hash that came, 64 characters; undefined: they gave no word. */
  readonly passwordHash: string | undefined;
  /** The one of the header that they were answered with. */
  readonly salt: number;
  readonly address: string;
}

/** The rooms that a word opens, at least one. Whoever has missed too often is not listened to, right or wrong. */
export type Verdict = Result<readonly RoomPass[], "wrong-password" | "too-many-guesses">;

/** Knows which word opens which room. */
export class PasswordCheck {
  readonly #rooms: readonly LockedRoom[];
  readonly #guard: PasswordGuard;

  constructor(rooms: readonly LockedRoom[], guard: PasswordGuard) {
    this.#rooms = rooms;
    this.#guard = guard;
  }

  /**
   * Calls back once, at once or when it is their turn.
   *
   * @returns Gives up waiting for it.
   */
  unlock(said: Said, onVerdict: (verdict: Verdict) => void): () => void {
    return this.#guard.ask(said.address, (isListenedTo) => {
      onVerdict(isListenedTo ? this.#compare(said) : fail("too-many-guesses"));
    });
  }

  #compare({ passwordHash, salt, address }: Said): Verdict {
    const passes =
      passwordHash === undefined
        ? []
        : this.#rooms.flatMap(({ sessionId, password, spectatePassword }) => {
            const plays = isHashOf(password, salt, passwordHash);
            const watches = spectatePassword !== null && isHashOf(spectatePassword, salt, passwordHash);
            return plays || watches ? [{ sessionId, mayPlay: plays }] : [];
          });
    if (passes.length > 0) {
      this.#guard.proved(address);
      return ok(passes);
    }
    this.#guard.missed(address);
    return fail("wrong-password");
  }
}

/** In the same time wherever the two begin to differ. */
function isHashOf(password: string, salt: number, hash: string): boolean {
  const said = Buffer.from(hash, "latin1");
  const expected = Buffer.from(hashPassword(salt, password), "latin1");
  return said.length === expected.length && timingSafeEqual(said, expected);
}
