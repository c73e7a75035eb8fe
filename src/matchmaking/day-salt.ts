import { randomInt } from "node:crypto";
import type { Clock } from "../shared/index.ts";

const SALTS = 2 ** 32;

/**
 * The salt with which all players' passwords are hashed: the same word has to give the same hash for everybody, as the hash
 * is all that is known of a room's name. It changes with the day (UTC), and later when a room named by a word still lives: its
 * players' friends have to find it.
 */
export function createDaySalt(clock: Clock, hasNamedRoom: () => boolean): () => number {
  const draw = (): number => randomInt(1, SALTS);
  const today = (): string => clock.date().toISOString().slice(0, 10);
  let current = { salt: draw(), day: today() };
  return () => {
    const day = today();
    if (day !== current.day && !hasNamedRoom()) {
      current = { salt: draw(), day };
    }
    return current.salt;
  };
}
