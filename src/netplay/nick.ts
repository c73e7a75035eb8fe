import { fail, ok, type Result } from "../shared/index.ts";
import { COMMAND } from "./commands.ts";
import { COMMAND_HEAD_BYTES, decodeCommandHead, encodeCommand } from "./framer.ts";
import { decodeTextField, encodeTextField } from "./text-field.ts";

/** Size of every nickname field. */
export const NICK_BYTES = 32;

/** The name of every host that netplayd starts, also where the gateway answers a client in its place. */
export const HOST_NICK = "netplayd";

/** A whole NICK command. */
export const NICK_COMMAND_BYTES = COMMAND_HEAD_BYTES + NICK_BYTES;

/**
 * Reads the NICK command at the beginning of these bytes. Any other command there is `not-nick`, known after
 * 8 bytes: a host closes the connection. The nickname is the peer's text and may contain any character, control characters included.
 */
export function decodeNickCommand(bytes: Buffer): Result<string, "need-more" | "not-nick"> {
  const head = decodeCommandHead(bytes, 0);
  if (!head.ok) {
    return head;
  }
  if (head.value.command !== COMMAND.nick || head.value.payloadBytes !== NICK_BYTES) {
    return fail("not-nick");
  }
  if (bytes.length < NICK_COMMAND_BYTES) {
    return fail("need-more");
  }
  return ok(decodeTextField(bytes.subarray(COMMAND_HEAD_BYTES, NICK_COMMAND_BYTES)));
}

/** Sends at most 31 bytes of UTF-8. */
export function encodeNickCommand(nick: string): Buffer {
  return encodeCommand(COMMAND.nick, encodeTextField(nick, NICK_BYTES));
}
