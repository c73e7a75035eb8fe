import {
  decodeClientOpening,
  decodeNickCommand,
  HEADER_BYTES,
  NICK_COMMAND_BYTES,
  type ClientHeader,
} from "../../netplay/index.ts";

/** What a client's first bytes have come to. */
export type HandshakeStep =
  | { readonly type: "need-more" }
  | { readonly type: "poke" }
  /** To be answered with a header; then asked again for the nickname. */
  | { readonly type: "header"; readonly header: ClientHeader }
  /** The handshake's last step. `rest` is what came behind it. */
  | { readonly type: "nick"; readonly nick: string; readonly rest: Buffer }
  | { readonly type: "not-netplay" }
  | { readonly type: "not-nick" };

/** Reads a client's header and nickname from a stream, in whatever pieces they come. Knows nothing of rooms. */
export class ClientHandshake {
  #bytes: Buffer = Buffer.alloc(0);
  #hasHeader = false;

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** The next step that the bytes so far allow. Not to be asked again after one that ends the handshake. */
  next(): HandshakeStep {
    return this.#hasHeader ? this.#nextNick() : this.#nextHeader();
  }

  #nextHeader(): HandshakeStep {
    const opening = decodeClientOpening(this.#bytes);
    if (!opening.ok) {
      return { type: opening.reason };
    }
    if (opening.value.type === "poke") {
      return { type: "poke" };
    }
    this.#hasHeader = true;
    this.#bytes = this.#bytes.subarray(HEADER_BYTES);
    return { type: "header", header: opening.value.header };
  }

  #nextNick(): HandshakeStep {
    const nick = decodeNickCommand(this.#bytes);
    if (!nick.ok) {
      return { type: nick.reason };
    }
    return { type: "nick", nick: nick.value, rest: this.#bytes.subarray(NICK_COMMAND_BYTES) };
  }
}
