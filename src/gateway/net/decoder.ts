import type { Decoded } from "../../netplay/index.ts";
import { fail, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";

/** Reads one message at the beginning of what a peer has sent; fails with `need-more` until all of it is there. */
export type Decoder<T, Fault extends string = LeaveReason> = (
  bytes: Buffer,
) => Result<Decoded<T>, Fault | "need-more">;

/** A decoder whose other failures are all this one. */
export function failingAs<T>(reason: LeaveReason, decode: Decoder<T, string>): Decoder<T> {
  return (bytes) => {
    const decoded = decode(bytes);
    return decoded.ok ? decoded : fail(decoded.reason === "need-more" ? "need-more" : reason);
  };
}
