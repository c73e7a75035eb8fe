import { randomInt } from "node:crypto";
import type { Clock } from "../shared/index.ts";

const SALTS = 2 ** 32;

/**
 * The salt with which all players' passwords are hashed. The server knows only the hash, and the hash names the room, so one
 * password must give one hash. The salt changes with the day (UTC). While a room lives that is named by a password, it stays:
 * friends of its players must still find the room.
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
