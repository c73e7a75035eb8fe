import {
  COMPRESSION_ZLIB,
  decodeHostHeader,
  encodeClientHeader,
  decodeNickCommand,
  encodeNickCommand,
  HEADER_BYTES,
  NICK_COMMAND_BYTES,
  type ClientHeader,
  type Info,
} from "../../netplay/index.ts";

/** What a client said, and what it was promised in the host's name. */
export interface Promised {
  readonly header: ClientHeader;
  readonly nick: string;
  /** The protocol of the header that the client was answered with. */
  readonly protocol: number;
  /**
   * What the client said that it has loaded when the netplay port asked it. It has had a host's nickname then, and gets no
   * other.
   */
  readonly said?: Info;
}

/** What the bytes of a host's answer have come to. */
export type HostHandshakeStep =
  | { readonly type: "need-more" }
  | {
      readonly type: "host-identified";
      /** For the client, as it is. */
      readonly header: Buffer;
      /** The commands behind it, for the client. */
      readonly rest: Buffer;
      /** Savestates have to be inflated for the client. */
      readonly inflates: boolean;
      readonly asksPassword: boolean;
      /** The protocol that the host has chosen. */
      readonly protocol: number;
      /** Tells versions of RetroArch apart, more or less. */
      readonly implementation: number;
    }
  | { readonly type: "refused"; readonly reason: "host-refused" | "protocol-mismatch" };

/**
 * The client's header and nickname as the host shall see them: with zlib, because a host crashes on a client without;
 * and with the promised protocol as the highest, so that the host can choose no other. A client of protocol 5 names no
 * highest one, and the replay names none either.
 */
export function replayToHost({ header, nick, protocol }: Promised): Buffer {
  const replayed = encodeClientHeader({
    ...header,
    compression: COMPRESSION_ZLIB,
    highestProtocol: header.highestProtocol === 0 ? 0 : protocol,
  });
  return Buffer.concat([replayed, encodeNickCommand(nick)]);
}

/**
 * Reads the host's answer to the replay: its header, which the client has had from us already.
 *
 * @param bytes - All that the host has sent so far.
 */
export function readHostHandshake(promised: Promised, bytes: Buffer): HostHandshakeStep {
  const decoded = decodeHostHeader(bytes);
  if (!decoded.ok) {
    return stepWithout(decoded.reason);
  }
  const host = decoded.value;
  if (host.magic !== "RANP" || host.salt !== 0) {
    return { type: "refused", reason: "host-refused" };
  }
  if (host.protocol !== promised.protocol) {
    return { type: "refused", reason: "protocol-mismatch" };
  }
  const rest = bytes.subarray(HEADER_BYTES);
  const nick = promised.said === undefined ? undefined : decodeNickCommand(rest);
  if (nick?.ok === false) {
    return stepWithout(nick.reason);
  }
  return {
    type: "host-identified",
    header: Buffer.alloc(0),
    rest: nick === undefined ? rest : rest.subarray(NICK_COMMAND_BYTES),
    inflates: (promised.header.compression & COMPRESSION_ZLIB) === 0,
    asksPassword: false,
    protocol: host.protocol,
    implementation: host.implementation,
  };
}

/** What to do when a part of the host's answer could not be read. */
export function stepWithout(reason: string): HostHandshakeStep {
  return reason === "need-more" ? { type: "need-more" } : { type: "refused", reason: "host-refused" };
}
