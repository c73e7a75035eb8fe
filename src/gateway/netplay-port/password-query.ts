import { hashPassword } from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import { ok, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { decodePassword, type IdentifiedClient, type Said, type Verdict } from "../handshake/index.ts";

/** Which locked rooms a password opens, now or later; a failure ends the connection. What it returns gives up waiting. */
export type Unlock = (said: Said, onVerdict: (verdict: Verdict) => void) => () => void;

export interface Unlocked {
  /** The hash of the client's password, 64 hex digits; undefined where none is asked for, and for an empty one. */
  readonly passwordHash: string | undefined;
  /** The locked rooms that the password opens. */
  readonly passes: readonly RoomPass[];
}

/** Reads a client's password, and waits until it was compared. */
export async function readPassword(
  { reader, salt }: IdentifiedClient,
  unlock: Unlock,
): Promise<Result<Unlocked, LeaveReason>> {
  const password = await reader.read(decodePassword);
  if (!password.ok) {
    return password;
  }
  const passwordHash = password.value === hashPassword(salt, "") ? undefined : password.value;
  const { address } = reader.connection;
  const verdict = await reader.until<Verdict>((done) => unlock({ passwordHash, salt, address }, done));
  if (!verdict.ok) {
    return verdict;
  }
  return verdict.value.ok ? ok({ passwordHash, passes: verdict.value.value }) : verdict.value;
}
