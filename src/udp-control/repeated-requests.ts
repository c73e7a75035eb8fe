import { createHash } from "node:crypto";
import { forgetOldest } from "../shared/index.ts";

/** Requests beyond these are forgotten, oldest first: at a thousand forged ones a second it takes half a minute. */
const MAX_REQUESTS = 32_768;

/** A network that doubles a datagram delivers both at once; a launcher repeats its own after half a second. */
const EARLIEST_REPEAT_MS = 250;

const LATEST_REPEAT_MS = 15_000;

/** Tells whether a request has come before. A flood under forged addresses seldom sends one twice. */
export class RepeatedRequests {
  /** When the first copy came, by the request's hash; in order of arrival. */
  readonly #seen = new Map<string, number>();

  /** False for a first copy, which is remembered. */
  isRepeat(key: string, nowMs: number): boolean {
    const hash = createHash("sha1").update(key).digest("base64");
    const firstMs = this.#seen.get(hash);
    if (firstMs !== undefined && nowMs - firstMs <= LATEST_REPEAT_MS) {
      return nowMs - firstMs >= EARLIEST_REPEAT_MS;
    }
    this.#seen.delete(hash);
    this.#seen.set(hash, nowMs);
    forgetOldest(this.#seen, MAX_REQUESTS);
    return false;
  }
}
