import { arch, endianness, platform } from "node:os";
import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  COMPRESSION_ZLIB,
  decodeCommandHead,
  decodeInfo,
  decodeSavestateHead,
  encodeClientHeader,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  implementationMagic,
  LOWEST_PROTOCOL,
  platformMagic,
  hashPassword,
  SYNC_FIXED_BYTES,
  type HostHeader,
  type Info,
  type SavestateSizes,
} from "../netplay/index.ts";
import { fail, ok, type Crc32, type Result } from "../shared/index.ts";
import {
  openConversation,
  type ProbeConversation,
  type ProbeTarget,
  type ReadFault,
} from "./conversation.ts";
import { readHostHeader, type Latency, type PokeFault } from "./poke-host.ts";

/** What we claim to have loaded. */
interface OwnInfo {
  readonly core: string;
  /** Default: the host's. */
  readonly coreVersion?: string;
  readonly crc: Crc32;
}

export interface AskInfoOptions extends ProbeTarget {
  /** What to say when the host asks first; `ask-back`: the same question. Default: nothing. */
  readonly answer?: OwnInfo | "ask-back" | undefined;
  /** Go on as a spectator, with this INFO, until the first savestate is there. */
  readonly upToState?: OwnInfo | undefined;
  /** For a host that asks for one; may be empty. Undefined: the conversation ends there. */
  readonly password?: string | undefined;
}

export interface AskedInfo {
  /** The protocol that the host chose for this connection. */
  readonly protocol: number;
  /** Undefined: the host has nothing loaded; it asked what we have, was told nothing, and told nothing itself. */
  readonly info: Info | undefined;
  /** It asked what we have before it said anything: it has a room for each game that players bring, or none yet. */
  readonly takesWhatComes: boolean;
  /** Only with `upToState`. */
  readonly state: SavestateSizes | undefined;
  readonly latencyMs: Latency;
}

/**
 * `old-protocol`: no protocol in common, or the INFO of RetroArch 1.9.0 and older. `no-room`: it asked what we have, and did
 * not answer.
 */
export type AskFault =
  PokeFault | "full" | "banned" | "password" | "wrong-password" | "old-protocol" | "no-room";

const NICK = "netplayd";

/** With protocol 7 a savestate comes in a container, and its announced size is not the core's (RetroArch 1.21 and newer). */
const HIGHEST_PROTOCOL = 6;

/** Protocol 6 is what 1.14 speaks; a host only notes the difference. */
const SPEAKS_AS = "1.14.0";

/** Payloads of which only the beginning matters are not kept beyond it. */
const KEPT_BYTES = 128;

/** Commands before the one that is waited for; a host sends a handful. */
const MAX_OTHER_COMMANDS = 1000;

/** Asks what a host has loaded, by a handshake that ends before anybody has joined. */
export async function askInfo(options: AskInfoOptions): Promise<Result<AskedInfo, AskFault>> {
  const opened = await openConversation(options);
  if (!opened.ok) {
    return opened;
  }
  try {
    return await converse(opened.value, options);
  } finally {
    opened.value.close();
  }
}

async function converse(
  conversation: ProbeConversation,
  { answer, upToState, password }: AskInfoOptions,
): Promise<Result<AskedInfo, AskFault>> {
  conversation.send(ownHeader());
  const header = await readHostHeader(conversation);
  if (!header.ok) {
    return header;
  }
  const latencyMs = { connect: conversation.connectMs, answer: conversation.sinceConnectedMs() };
  const fault = faultOf(header.value);
  if (fault !== undefined) {
    return fail(fault);
  }
  const { salt, protocol } = header.value;
  if (salt !== 0 && password === undefined) {
    return fail("password");
  }
  conversation.send(encodeNickCommand(NICK));
  if (salt !== 0) {
    sendPassword(conversation, salt, password ?? "");
  }
  const said = await readInfo(conversation, answer);
  if (!said.ok) {
    return fail(said.reason === "closed" && salt !== 0 ? "wrong-password" : said.reason);
  }
  const { info } = said.value;
  const asked = { protocol, ...said.value, latencyMs };
  if (info === undefined || upToState === undefined) {
    return ok({ ...asked, state: undefined });
  }
  sendInfo(conversation, { coreVersion: info.coreVersion, ...upToState });
  const state = await readState(conversation);
  return state.ok ? ok({ ...asked, state: state.value }) : state;
}

function ownHeader(): Buffer {
  return encodeClientHeader({
    platform: platformMagic({ endianness: endianness(), arch: arch(), os: platform() }),
    compression: COMPRESSION_ZLIB,
    highestProtocol: HIGHEST_PROTOCOL,
    lowestProtocol: LOWEST_PROTOCOL,
    implementation: implementationMagic(SPEAKS_AS, HIGHEST_PROTOCOL),
  });
}

function faultOf({ magic, protocol }: HostHeader): AskFault | undefined {
  if (magic !== "RANP") {
    return magic === "FULL" ? "full" : "banned";
  }
  return protocol < LOWEST_PROTOCOL || protocol > HIGHEST_PROTOCOL ? "old-protocol" : undefined;
}

function sendPassword(conversation: ProbeConversation, salt: number, password: string): void {
  conversation.send(encodeCommand(COMMAND.password, Buffer.from(hashPassword(salt, password))));
}

function sendInfo(conversation: ProbeConversation, { core, coreVersion = "", crc }: OwnInfo): void {
  conversation.send(encodeCommand(COMMAND.info, encodeInfo({ coreName: core, coreVersion, crc })));
}

function answerInfo(conversation: ProbeConversation, answer: OwnInfo | "ask-back"): void {
  if (answer === "ask-back") {
    conversation.send(encodeCommand(COMMAND.info));
  } else {
    sendInfo(conversation, answer);
  }
}

/** The host's INFO; undefined when it asks for ours first and gets none. */
async function readInfo(
  conversation: ProbeConversation,
  answer: AskInfoOptions["answer"],
): Promise<Result<Pick<AskedInfo, "info" | "takesWhatComes">, AskFault>> {
  let takesWhatComes = false;
  for (let count = 0; count < MAX_OTHER_COMMANDS; count++) {
    const read = await readCommand(conversation);
    if (!read.ok && takesWhatComes) {
      return answer === "ask-back" ? ok({ info: undefined, takesWhatComes }) : fail("no-room");
    }
    if (!read.ok) {
      return read;
    }
    if (read.value.command === COMMAND.info) {
      const info = decodeInfo(read.value.payload);
      if (!info.ok) {
        return fail(info.reason === "old-layout" ? "old-protocol" : "not-retroarch");
      }
      if (info.value.type === "answer") {
        return ok({ info: info.value.info, takesWhatComes });
      }
      if (answer === undefined || (answer === "ask-back" && takesWhatComes)) {
        return ok({ info: undefined, takesWhatComes: true });
      }
      takesWhatComes = true;
      answerInfo(conversation, answer);
    } else if (read.value.command !== COMMAND.nick) {
      return fail("not-retroarch");
    }
  }
  return fail("not-retroarch");
}

async function readState(
  conversation: ProbeConversation,
): Promise<Result<SavestateSizes, ReadFault | "not-retroarch">> {
  let sramBytes: number | undefined;
  for (let count = 0; count < MAX_OTHER_COMMANDS; count++) {
    const read = await readCommand(conversation);
    if (!read.ok) {
      return read;
    }
    const { command, payloadBytes, payload } = read.value;
    if (command === COMMAND.sync && payloadBytes >= SYNC_FIXED_BYTES) {
      sramBytes = payloadBytes - SYNC_FIXED_BYTES;
    } else if (command === COMMAND.loadSavestate && sramBytes !== undefined) {
      const state = decodeSavestateHead(payload);
      return state.ok
        ? ok({ stateSizeBytes: state.value.uncompressedBytes, sramBytes })
        : fail("not-retroarch");
    }
  }
  return fail("not-retroarch");
}

interface ReceivedCommand {
  readonly command: number;
  readonly payloadBytes: number;
  /** The payload's beginning. */
  readonly payload: Buffer;
}

async function readCommand(conversation: ProbeConversation): Promise<Result<ReceivedCommand, ReadFault>> {
  const read = await conversation.read<ReceivedCommand, never>((unread) => {
    const head = decodeCommandHead(unread, 0);
    if (!head.ok) {
      return head;
    }
    const length = COMMAND_HEAD_BYTES + Math.min(head.value.payloadBytes, KEPT_BYTES);
    return unread.length < length
      ? fail("need-more")
      : ok({ value: { ...head.value, payload: unread.subarray(COMMAND_HEAD_BYTES, length) }, length });
  });
  if (read.ok) {
    conversation.skip(read.value.payloadBytes - read.value.payload.length);
  }
  return read;
}
