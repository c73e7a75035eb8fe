import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeClientOpening,
  decodeCommandHead,
  decodeInfo,
  decodeNickCommand,
  HEADER_BYTES,
  INFO_BYTES,
  NICK_COMMAND_BYTES,
  PASSWORD_BYTES,
  type Decoded,
  type Info,
} from "../../netplay/index.ts";
import { fail, ok, type Result } from "../../shared/index.ts";
import { failingAs } from "../net/index.ts";

export const POKE = Buffer.from("POKE", "latin1");

/** Reads how a client opens: with its header, or with POKE. */
export const decodeOpening = failingAs("unexpected-command", (bytes) => {
  const opening = decodeClientOpening(bytes);
  return opening.ok
    ? ok({ message: opening.value, length: opening.value.type === "join" ? HEADER_BYTES : POKE.length })
    : opening;
});

export const decodeNick = failingAs("bad-nick", (bytes) => {
  const nick = decodeNickCommand(bytes);
  return nick.ok ? ok({ message: nick.value, length: NICK_COMMAND_BYTES }) : nick;
});

/** Reads the hash of a password, 64 hex digits. */
export const decodePassword = failingAs(
  "bad-password",
  (bytes): Result<Decoded<string>, "need-more" | "other"> => {
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
  },
);

/** Reads what a client says that it has loaded, or that it asks back. */
export function decodeSaid(
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
