import {
  COMMAND,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  HOST_NICK,
  type Info,
} from "../../netplay/index.ts";
import { fail, ok, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { decodeSaid, type IdentifiedClient } from "../handshake/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { readPassword, type Unlock, type Unlocked } from "./password-query.ts";

const NICK = encodeNickCommand(HOST_NICK);
const QUESTION = encodeCommand(COMMAND.info);

export interface ContentQueryParts extends Pick<GatewayContext, "clock" | "limits"> {
  readonly unlock: Unlock;
  /** What the room has loaded, for a client that asks back; undefined: that depends on the client. */
  readonly loaded?: () => Info;
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
