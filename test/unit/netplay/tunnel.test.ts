import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHostTunnelMessage,
  decodeTunnelMessage,
  encodePeerAddress,
  encodeTunnelMessage,
  TunnelFramer,
  type HostTunnelMessage,
  type TunnelMessage,
} from "../../../src/netplay/index.ts";
import { fail, ok } from "../../../src/shared/index.ts";
import { anyBytes, anySplit, hex } from "../../helpers/netplay-bytes.ts";

const anyId = anyBytes({ minLength: 12, maxLength: 12 });
const PEER = hex("0102030405060708090a0b0c");

const anyHostMessage: fc.Arbitrary<HostTunnelMessage> = fc.oneof(
  fc.record({ type: fc.constant("session" as const), id: anyId }),
  fc.record({ type: fc.constant("link" as const), peer: anyId }),
  fc.record({ type: fc.constant("address-question" as const), peer: anyId }),
  fc.record({ type: fc.constant("ping" as const) }),
);

const anyTunnelMessage: fc.Arbitrary<TunnelMessage> = fc.oneof(
  fc.record({ type: fc.constant("session" as const), id: anyId }),
  fc.record({ type: fc.constant("link" as const), peer: anyId }),
  fc.record({
    type: fc.constant("address" as const),
    peer: anyId,
    address: anyBytes({ minLength: 16, maxLength: 16 }),
  }),
  fc.record({ type: fc.constant("ping" as const) }),
);

function withSplit<T extends HostTunnelMessage | TunnelMessage>(
  anyMessage: fc.Arbitrary<T>,
): fc.Arbitrary<{ messages: T[]; chunks: Buffer[] }> {
  return fc.array(anyMessage, { maxLength: 8 }).chain((messages) =>
    fc.record({
      messages: fc.constant(messages),
      chunks: anySplit(Buffer.concat(messages.map((message) => encodeTunnelMessage(message)))),
    }),
  );
}

describe("tunnel messages", () => {
  it("are a magic and twelve bytes", () => {
    const bytes = hex("5241544c 0102030405060708090a0b0c"); // RATL, peer
    expect(encodeTunnelMessage({ type: "link", peer: PEER })).toEqual(bytes);
    expect(decodeHostTunnelMessage(bytes)).toEqual(ok({ message: { type: "link", peer: PEER }, length: 16 }));
  });

  it("answer an address question with sixteen bytes more", () => {
    const bytes = hex(
      "52415441" + // RATA
        "0102030405060708090a0b0c" + // peer
        "00000000000000000000ffffc0a80107", // ::ffff:192.168.1.7
    );
    const address = encodePeerAddress("192.168.1.7");
    expect(encodeTunnelMessage({ type: "address", peer: PEER, address })).toEqual(bytes);
    expect(decodeTunnelMessage(bytes)).toEqual(
      ok({ message: { type: "address", peer: PEER, address }, length: 32 }),
    );
    // The host's question is the same without an address.
    expect(decodeHostTunnelMessage(bytes.subarray(0, 16))).toEqual(
      ok({ message: { type: "address-question", peer: PEER }, length: 16 }),
    );
  });

  it("have a keep-alive of four bytes without an id", () => {
    expect(encodeTunnelMessage({ type: "ping" })).toEqual(hex("52415450"));
    expect(decodeHostTunnelMessage(hex("52415450"))).toEqual(ok({ message: { type: "ping" }, length: 4 }));
  });

  it("are incomplete for every prefix", () => {
    fc.assert(
      fc.property(anyTunnelMessage, fc.nat(31), (message, cut) => {
        const bytes = encodeTunnelMessage(message);
        expect(decodeTunnelMessage(bytes.subarray(0, Math.min(cut, bytes.length - 1)))).toEqual(
          fail("need-more"),
        );
      }),
    );
  });

  it("have one of four magics", () => {
    expect(decodeHostTunnelMessage(Buffer.from("RANP"))).toEqual(fail("unknown-magic"));
    expect(decodeTunnelMessage(Buffer.from("GET "))).toEqual(fail("unknown-magic"));
  });
});

describe("TunnelFramer", () => {
  it("gives a host's messages with the stream in any pieces", () => {
    fc.assert(
      fc.property(withSplit(anyHostMessage), ({ messages, chunks }) => {
        const framer = new TunnelFramer(decodeHostTunnelMessage);
        expect(chunks.flatMap((chunk) => framer.push(chunk).messages)).toEqual(messages);
      }),
    );
  });

  it("gives a tunnel's messages with the stream in any pieces", () => {
    fc.assert(
      fc.property(withSplit(anyTunnelMessage), ({ messages, chunks }) => {
        const framer = new TunnelFramer(decodeTunnelMessage);
        expect(chunks.flatMap((chunk) => framer.push(chunk).messages)).toEqual(messages);
      }),
    );
  });

  it("reports garbage after good messages together with them", () => {
    const framer = new TunnelFramer(decodeHostTunnelMessage);
    expect(framer.push(Buffer.from("RATPGARBAGE"))).toEqual({ messages: [{ type: "ping" }], garbage: true });
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        const framer = new TunnelFramer(decodeHostTunnelMessage);
        chunks.forEach((chunk) => framer.push(chunk));
      }),
    );
  });
});

describe("encodePeerAddress", () => {
  it.each([
    ["127.0.0.1", "00000000000000000000ffff7f000001"],
    ["::ffff:10.0.0.1", "00000000000000000000ffff0a000001"],
    ["::1", "00000000000000000000000000000001"],
    ["::", "00000000000000000000000000000000"],
    ["2001:db8::8:800:200c:417a", "20010db80000000000080800200c417a"],
    ["2001:db8:1:2:3:4:5:6", "20010db8000100020003000400050006"],
    ["fe80::1%eth0", "fe800000000000000000000000000001"],
    ["no address", "00000000000000000000000000000000"],
  ])("of %s", (address, bytes) => {
    expect(encodePeerAddress(address)).toEqual(hex(bytes));
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => {
        expect(encodePeerAddress(text)).toHaveLength(16);
      }),
    );
  });
});
