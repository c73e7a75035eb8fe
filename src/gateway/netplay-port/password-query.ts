import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeCommandHead,
  hashPassword,
  PASSWORD_BYTES,
  type Decoded,
} from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import { fail, ok, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { IdentifiedClient, Said, Verdict } from "../handshake/index.ts";
import { failingAs } from "../net/index.ts";

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

const decodePassword = failingAs("bad-password", (bytes): Result<Decoded<string>, "need-more" | "other"> => {
  const head = decodeCommandHead(bytes, 0);
  if (!head.ok) {
    return head;
  }
  if (head.value.command !== COMMAND.password || head.value.payloadBytes !== PASSWORD_BYTES) {
    return fail("other");
  }
  const length = COMMAND_HEAD_BYTES + PASSWORD_BYTES;
  return bytes.length < length
    ? fail("need-more")
    : ok({ message: bytes.toString("latin1", COMMAND_HEAD_BYTES, length), length });
});
