import { timingSafeEqual } from "node:crypto";
import { hashPassword } from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import { fail, ok, type Result, type SessionId } from "../../shared/index.ts";
import type { PasswordGuard } from "./password-guard.ts";

/** A room that asks for a password. The passwords never leave the gateway. */
export interface LockedRoom {
  readonly sessionId: SessionId;
  readonly password: string;
  /** Lets its holder watch, but not play; null: there is none. */
  readonly spectatePassword: string | null;
}

/** A client's answer to the question for a password. */
export interface Said {
  /** 64 characters; undefined: an empty password. */
  readonly passwordHash: string | undefined;
  /** Of the header that the client got. */
  readonly salt: number;
  readonly address: string;
}

/** The rooms that a password opens, at least one. After too many guesses no password is compared. */
export type Verdict = Result<readonly RoomPass[], "wrong-password" | "too-many-guesses">;

/**
 * Compares a password with those of these rooms.
 *
 * @param onVerdict - Called once, now or when it is the client's turn.
 * @returns Gives up waiting for that.
 */
export function unlock(
  rooms: readonly LockedRoom[],
  guard: PasswordGuard,
  said: Said,
  onVerdict: (verdict: Verdict) => void,
): () => void {
  return guard.ask(said.address, (mayCompare) => {
    const passes = mayCompare ? passesOf(rooms, said) : [];
    if (!mayCompare) {
      onVerdict(fail("too-many-guesses"));
    } else if (passes.length === 0) {
      guard.missed(said.address);
      onVerdict(fail("wrong-password"));
    } else {
      guard.proved(said.address);
      onVerdict(ok(passes));
    }
  });
}

function passesOf(rooms: readonly LockedRoom[], { passwordHash, salt }: Said): RoomPass[] {
  if (passwordHash === undefined) {
    return [];
  }
  return rooms.flatMap(({ sessionId, password, spectatePassword }) => {
    const plays = isHashOf(password, salt, passwordHash);
    const watches = spectatePassword !== null && isHashOf(spectatePassword, salt, passwordHash);
    return plays || watches ? [{ sessionId, mayPlay: plays }] : [];
  });
}

/** Takes the same time wherever the two begin to differ. */
function isHashOf(password: string, salt: number, hash: string): boolean {
  const said = Buffer.from(hash, "latin1");
  const expected = Buffer.from(hashPassword(salt, password), "latin1");
  return said.length === expected.length && timingSafeEqual(said, expected);
}
