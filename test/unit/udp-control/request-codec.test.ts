import type { GameQuery } from "../../../src/game.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fail, ok, toCrc32, toPort } from "../../../src/shared/index.ts";
import { decodeReply, encodeRequest } from "../../../src/udp-control/client-codec.ts";
import { decodeRequest, encodeReply, REFUSED } from "../../../src/udp-control/request-codec.ts";
import { rally } from "../../helpers/rally.ts";
import { readHexExamples } from "./request-page.ts";

/** The examples of docs/request.md, decoded. */
const REQUESTS: Record<string, GameQuery> = {
  request: {
    core: "Nestopia",
    coreVersion: "1.52.0",
    game: "Paddle Rally",
    base: "rally",
    crc: toCrc32(0x1badcafe),
  },
  "request-by-crc": { core: "Gambatte", coreVersion: "", game: "", base: "", crc: toCrc32(0x8f2c03d1) },
  "request-by-name": { core: "Pokémon Core", coreVersion: "v2 ", game: "", base: "ポケ", crc: toCrc32(0) },
  "request-of-the-demo": {
    core: "Nestopia",
    coreVersion: "",
    game: "",
    base: "rally",
    crc: toCrc32(rally.crc),
  },
};
const REPLIES = { reply: toPort(55500), "reply-refused": REFUSED } as const;

const field = (minLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: "binary", minLength, maxLength: 255 })
    .filter((text) => Buffer.byteLength(text) <= 255 && !/[\u0000-\u001f\u007f-\u009f]/.test(text));

const anyRequest: fc.Arbitrary<GameQuery> = fc.record({
  core: field(1),
  coreVersion: field(0),
  game: field(0),
  base: field(0),
  crc: fc.nat(0xffffffff).map(toCrc32),
});

/** A request whose core name is given as bytes. */
function withCore(core: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([core.length]), core, Buffer.from([0, 0, 0, 0, 0, 0, 1])]);
}

describe("the examples of docs/request.md", () => {
  const examples = readHexExamples();

  it("are the ones that are checked here", () => {
    const names = [...examples.keys()].filter((name) => /^(request|reply)/.test(name));
    expect(names).toEqual([...Object.keys(REQUESTS), ...Object.keys(REPLIES)]);
  });

  it.each(Object.entries(REQUESTS))("%s decodes and encodes as documented", (name, request) => {
    const bytes = examples.get(name) ?? Buffer.alloc(0);
    expect(decodeRequest(bytes)).toEqual(ok(request));
    expect(encodeRequest(request).toString("hex")).toBe(bytes.toString("hex"));
  });

  it.each(Object.entries(REPLIES))("%s decodes and encodes as documented", (name, reply) => {
    const bytes = examples.get(name) ?? Buffer.alloc(0);
    expect(decodeReply(bytes)).toEqual(ok(reply));
    expect(encodeReply(reply).toString("hex")).toBe(bytes.toString("hex"));
  });
});

describe("decodeRequest", () => {
  it("returns the value that was encoded", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(decodeRequest(encodeRequest(request))).toEqual(ok(request));
      }),
    );
  });

  it("refuses every prefix of a request", () => {
    fc.assert(
      fc.property(
        anyRequest,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (request, part) => {
          const bytes = encodeRequest(request);
          const prefix = bytes.subarray(0, Math.floor(part * bytes.length));
          expect(decodeRequest(prefix)).toEqual(fail("truncated"));
        },
      ),
    );
  });

  it("refuses bytes after a request", () => {
    fc.assert(
      fc.property(anyRequest, fc.uint8Array({ minLength: 1 }), (request, rest) => {
        expect(decodeRequest(Buffer.concat([encodeRequest(request), rest]))).toEqual(fail("trailing-bytes"));
      }),
    );
  });

  it("never throws, and accepts only bytes that it would have encoded itself", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeRequest(bytes);
        if (decoded.ok) {
          expect(encodeRequest(decoded.value)).toEqual(Buffer.from(bytes));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("takes the longest request, 1028 bytes", () => {
    const long = "x".repeat(255);
    const bytes = encodeRequest({ core: long, coreVersion: long, game: long, base: long, crc: toCrc32(1) });
    expect(bytes.length).toBe(1028);
    expect(decodeRequest(bytes).ok).toBe(true);
  });

  it("refuses the shortest datagram, because it names no core", () => {
    expect(decodeRequest(Buffer.alloc(8))).toEqual(fail("empty-core"));
  });

  it.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a character cut in half", [0x41, 0xc3]],
  ])("refuses %s", (_, core) => {
    expect(decodeRequest(withCore(Uint8Array.from(core)))).toEqual(fail("bad-utf8"));
  });

  it("keeps a byte order mark, so that different bytes stay different requests", () => {
    const decoded = decodeRequest(withCore(Buffer.from("\ufeffNestopia")));
    expect(decoded).toMatchObject(ok({ core: "\ufeffNestopia" }));
  });

  it.each(["Nestopia\0\0", "Nes\ntopia", "\u001b[2J", "Nes\u007f", "Nes\u009btopia"])(
    "refuses control characters: %j",
    (core) => {
      expect(decodeRequest(withCore(Buffer.from(core)))).toEqual(fail("control-character"));
    },
  );
});

describe("encodeRequest", () => {
  const request = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };

  it("throws on a field that is longer than its length byte can say", () => {
    expect(() => encodeRequest({ ...request, game: "é".repeat(128) })).toThrow(
      "game has 256 bytes, a request has room for 255",
    );
  });

  it("throws when the core has no name", () => {
    expect(() => encodeRequest({ ...request, core: "" })).toThrow(RangeError);
  });
});

describe("decodeReply", () => {
  it("returns the value that was encoded", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65535 }).map(toPort), (port) => {
        expect(decodeReply(encodeReply(port))).toEqual(ok(port));
      }),
    );
  });

  it("refuses every other length", () => {
    fc.assert(
      fc.property(
        fc.uint8Array().filter(({ length }) => length !== 2),
        (bytes) => {
          expect(decodeReply(bytes)).toEqual(fail("wrong-length"));
        },
      ),
    );
  });
});
