import { decodeHostHeader, HEADER_BYTES, LOWEST_PROTOCOL, type HostHeader } from "../netplay/index.ts";
import { fail, ok, type Result } from "../shared/index.ts";
import {
  openConversation,
  type ConnectFault,
  type ProbeConversation,
  type ProbeTarget,
  type ReadFault,
} from "./conversation.ts";

/** Something that answers as a RetroArch host does. */
export interface PokedHost {
  /** `open` takes players; `full` and `banned` are what it would tell us instead. */
  readonly state: "open" | "full" | "banned";
  readonly protocol: {
    /** Not on the wire: no RetroArch since 1.9.1 speaks less. */
    readonly low: number;
    /** As announced. */
    readonly high: number;
  };
  /** Not 0: it asks for a password. */
  readonly salt: number;
  readonly latencyMs: Latency;
}

export interface Latency {
  /** The TCP handshake. */
  readonly connect: number;
  /** From the question to the whole header. */
  readonly answer: number;
}

/** `not-retroarch`: it said something else. `closed`: it hung up without an answer, as many other servers do. */
export type PokeFault = ConnectFault | ReadFault | "not-retroarch";

/** Asks whether a RetroArch host is there, as RetroArch itself does: a host answers `POKE` with its header, and nobody joins. */
export async function pokeHost(target: ProbeTarget): Promise<Result<PokedHost, PokeFault>> {
  const opened = await openConversation(target);
  if (!opened.ok) {
    return opened;
  }
  const conversation = opened.value;
  try {
    conversation.send(Buffer.from("POKE", "latin1"));
    const header = await readHostHeader(conversation);
    if (!header.ok) {
      return header;
    }
    const { magic, protocol, salt } = header.value;
    return ok({
      state: stateOf(magic),
      protocol: { low: Math.min(LOWEST_PROTOCOL, protocol), high: protocol },
      salt,
      latencyMs: { connect: conversation.connectMs, answer: conversation.sinceConnectedMs() },
    });
  } finally {
    conversation.close();
  }
}

export function readHostHeader(
  conversation: ProbeConversation,
): Promise<Result<HostHeader, "not-retroarch" | ReadFault>> {
  return conversation.read((unread) => {
    const header = decodeHostHeader(unread);
    if (header.ok) {
      return ok({ value: header.value, length: HEADER_BYTES });
    }
    return fail(header.reason === "need-more" ? header.reason : "not-retroarch");
  });
}

function stateOf(magic: HostHeader["magic"]): PokedHost["state"] {
  switch (magic) {
    case "RANP":
      return "open";
    case "FULL":
      return "full";
    case "DENY":
      return "banned";
  }
}
