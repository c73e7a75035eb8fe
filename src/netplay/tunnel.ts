import { fail, ok, type Result } from "../shared/index.ts";

/** Size of a session's or a peer's id. */
export const TUNNEL_ID_BYTES = 12;

const MAGIC_BYTES = 4;
const ADDRESS_BYTES = 16;

/** A message of a host to its tunnel. Ids have 12 bytes. */
export type HostTunnelMessage =
  /** RATS: twelve zeros ask for a session; on a client's connection the id of the session to join. */
  | { readonly type: "session"; readonly id: Buffer }
  /** RATL: this new connection belongs to that peer. */
  | { readonly type: "link"; readonly peer: Buffer }
  /** RATA: which address has this peer? */
  | { readonly type: "address-question"; readonly peer: Buffer }
  /** RATP: keep-alive, sent back by the receiver. It has no id. */
  | { readonly type: "ping" };

/** A message of a tunnel to a host, on its control connection. */
export type TunnelMessage =
  | { readonly type: "session"; readonly id: Buffer }
  /** RATL: a client waits under this peer id. */
  | { readonly type: "link"; readonly peer: Buffer }
  /** `address`: 16 bytes, see encodePeerAddress. */
  | { readonly type: "address"; readonly peer: Buffer; readonly address: Buffer }
  | { readonly type: "ping" };

export interface Decoded<T> {
  readonly message: T;
  /** Size of the message. */
  readonly length: number;
}

/** Reads one message at the beginning of what a host sent. `unknown-magic` is known after 4 bytes. */
export function decodeHostTunnelMessage(
  bytes: Buffer,
): Result<Decoded<HostTunnelMessage>, "need-more" | "unknown-magic"> {
  return decode(bytes, 0, (magic, id) => {
    switch (magic) {
      case "RATS":
        return { type: "session", id };
      case "RATL":
        return { type: "link", peer: id };
      default:
        return { type: "address-question", peer: id };
    }
  });
}

/** Reads one message at the beginning of what a tunnel sent. `unknown-magic` is known after 4 bytes. */
export function decodeTunnelMessage(
  bytes: Buffer,
): Result<Decoded<TunnelMessage>, "need-more" | "unknown-magic"> {
  return decode(bytes, ADDRESS_BYTES, (magic, id, address) => {
    switch (magic) {
      case "RATS":
        return { type: "session", id };
      case "RATL":
        return { type: "link", peer: id };
      default:
        return { type: "address", peer: id, address };
    }
  });
}

export function encodeTunnelMessage(message: HostTunnelMessage | TunnelMessage): Buffer {
  switch (message.type) {
    case "session":
      return Buffer.concat([Buffer.from("RATS", "latin1"), message.id]);
    case "link":
      return Buffer.concat([Buffer.from("RATL", "latin1"), message.peer]);
    case "address-question":
      return Buffer.concat([Buffer.from("RATA", "latin1"), message.peer]);
    case "address":
      return Buffer.concat([Buffer.from("RATA", "latin1"), message.peer, message.address]);
    case "ping":
      return Buffer.from("RATP", "latin1");
  }
}

/** Splits a control connection's stream into messages; it may arrive in any pieces. Never keeps more than one message. */
export class TunnelFramer<T> {
  readonly #decode: (bytes: Buffer) => Result<Decoded<T>, "need-more" | "unknown-magic">;
  #pending = Buffer.alloc(0);

  /** @param decode - decodeHostTunnelMessage on the tunnel's side, decodeTunnelMessage on a host's. */
  constructor(decode: (bytes: Buffer) => Result<Decoded<T>, "need-more" | "unknown-magic">) {
    this.#decode = decode;
  }

  /** The messages that this chunk completes. After `garbage` the stream cannot be read any further. */
  push(chunk: Buffer): { readonly messages: T[]; readonly garbage: boolean } {
    const messages: T[] = [];
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const decoded = this.#decode(rest);
      if (!decoded.ok) {
        this.#pending = Buffer.from(decoded.reason === "need-more" ? rest : []);
        return { messages, garbage: decoded.reason === "unknown-magic" };
      }
      messages.push(decoded.value.message);
      rest = rest.subarray(decoded.value.length);
    }
  }
}

function decode<T extends HostTunnelMessage | TunnelMessage>(
  bytes: Buffer,
  addressBytes: number,
  build: (magic: "RATS" | "RATL" | "RATA", id: Buffer, address: Buffer) => T,
): Result<Decoded<T | { type: "ping" }>, "need-more" | "unknown-magic"> {
  if (bytes.length < MAGIC_BYTES) {
    return fail("need-more");
  }
  const magic = bytes.toString("latin1", 0, MAGIC_BYTES);
  if (magic === "RATP") {
    return ok({ message: { type: "ping" }, length: MAGIC_BYTES });
  }
  if (magic !== "RATS" && magic !== "RATL" && magic !== "RATA") {
    return fail("unknown-magic");
  }
  const length = MAGIC_BYTES + TUNNEL_ID_BYTES + (magic === "RATA" ? addressBytes : 0);
  if (bytes.length < length) {
    return fail("need-more");
  }
  // A copy, because an id outlives its chunk.
  const id = Buffer.from(bytes.subarray(MAGIC_BYTES, MAGIC_BYTES + TUNNEL_ID_BYTES));
  const address = Buffer.from(bytes.subarray(MAGIC_BYTES + TUNNEL_ID_BYTES, length));
  return ok({ message: build(magic, id, address), length });
}
