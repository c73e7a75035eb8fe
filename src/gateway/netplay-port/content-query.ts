import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeCommandHead,
  decodeInfo,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  HOST_NICK,
  INFO_BYTES,
  PASSWORD_BYTES,
  hashPassword,
  type Decoded,
  type Info,
} from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import { fail, ok, type Clock, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { IdentifiedClient, Said, Verdict } from "../handshake/index.ts";
import { failingAs } from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";

const NICK = encodeNickCommand(HOST_NICK);
const QUESTION = encodeCommand(COMMAND.info);

export interface ContentQueryParts {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** Which locked rooms a password opens, now or later; a failure ends the connection. What it returns gives up waiting. */
  readonly unlock: (said: Said, onVerdict: (verdict: Verdict) => void) => () => void;
  /** What the room has loaded, for a client that asks back; undefined: that depends on the client. */
  readonly loaded?: () => Info;
}

interface Unlocked {
  /** The hash of the client's password, 64 hex digits; undefined where none is asked for, and for an empty one. */
  readonly passwordHash: string | undefined;
  /** The locked rooms that the password opens. */
  readonly passes: readonly RoomPass[];
}

/** What a client has loaded, and the password that it gave. */
export interface ContentAnswer extends Unlocked {
  readonly info: Info;
  /** From when on the time until SYNC counts: a person may take a while to type. */
  readonly handshakeFromMs: number;
}

/**
 * Asks a client for its password if there is one to give, and then what it has loaded, as a host asks that has nothing loaded
 * itself: with an INFO of no length. A failure is for the caller to end the connection.
 */
export async function queryContent(
  client: IdentifiedClient,
  { clock, limits, unlock, loaded }: ContentQueryParts,
): Promise<Result<ContentAnswer, LeaveReason>> {
  const { reader, salt } = client;
  const { connection } = reader;
  let unlocked: Unlocked = { passwordHash: undefined, passes: [] };
  let { handshakeFromMs } = client;
  if (salt === 0) {
    connection.write(Buffer.concat([NICK, QUESTION]));
  } else {
    connection.write(NICK);
    reader.expectBy(clock.now() + limits.passwordMs, "password-timeout");
    const password = await readPassword(client, unlock);
    if (!password.ok) {
      return password;
    }
    unlocked = password.value;
    handshakeFromMs = clock.now();
    connection.write(QUESTION);
  }
  reader.expectBy(clock.now() + limits.answerMs, "answer-timeout");
  let said = await reader.read(decodeSaid);
  if (said.ok && said.value === "question" && loaded !== undefined) {
    connection.write(encodeCommand(COMMAND.info, encodeInfo(loaded())));
    said = await reader.read(decodeSaid);
  }
  if (!said.ok) {
    return said;
  }
  if (said.value === "question") {
    return fail("bad-info");
  }
  reader.expectBy(handshakeFromMs + limits.handshakeMs, "handshake-timeout");
  return ok({ ...unlocked, info: said.value, handshakeFromMs });
}

async function readPassword(
  { reader, salt }: IdentifiedClient,
  unlock: ContentQueryParts["unlock"],
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

/** Reads what a client says that it has loaded, or that it asks back. */
function decodeSaid(
  bytes: Buffer,
): Result<Decoded<Info | "question">, "need-more" | "unexpected-command" | "bad-info" | "old-info"> {
  const head = decodeCommandHead(bytes, 0);
  if (!head.ok) {
    return head;
  }
  const { command, payloadBytes } = head.value;
  if (command !== COMMAND.info) {
    return fail("unexpected-command");
  }
  if (payloadBytes !== 0 && payloadBytes !== INFO_BYTES) {
    return fail("bad-info");
  }
  const length = COMMAND_HEAD_BYTES + payloadBytes;
  if (bytes.length < length) {
    return fail("need-more");
  }
  const decoded = decodeInfo(bytes.subarray(COMMAND_HEAD_BYTES, length));
  if (!decoded.ok) {
    return fail(decoded.reason === "old-layout" ? "old-info" : "bad-info");
  }
  return ok({ message: decoded.value.type === "answer" ? decoded.value.info : "question", length });
}
