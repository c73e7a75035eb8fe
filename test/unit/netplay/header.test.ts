import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeClientOpening,
  decodeHostHeader,
  encodeClientHeader,
  encodeHostHeader,
  encodeTurnAway,
  implementationMagic,
  negotiateProtocol,
  platformMagic,
} from "../../../src/netplay/index.ts";
import { fail, ok } from "../../../src/shared/index.ts";
import { anyBytes, anyU32, hex } from "../../helpers/netplay-bytes.ts";

/** What a 64-bit Linux RetroArch 1.14 sends as a client. */
const STOCK_CLIENT = hex(
  "52414e50" + // RANP
    "00040008" + // sizeof(size_t) 8, sizeof(long) 8, little-endian
    "00000001" + // zlib
    "00000006" + // highest protocol
    "00000005" + // lowest protocol
    "00000469", // implementation magic of 1.14.0
);

const clientHeader = fc.record({
  platform: anyU32,
  compression: anyU32,
  highestProtocol: anyU32,
  lowestProtocol: anyU32,
  implementation: anyU32,
});

const hostHeader = fc.record({
  magic: fc.constantFrom("RANP" as const, "FULL" as const, "DENY" as const),
  platform: anyU32,
  compression: anyU32,
  salt: anyU32,
  protocol: anyU32,
  implementation: anyU32,
});

describe("client header", () => {
  it("reads what RetroArch 1.14 sends", () => {
    const header = {
      platform: 0x00040008,
      compression: 1,
      highestProtocol: 6,
      lowestProtocol: 5,
      implementation: 0x469,
    };
    expect(decodeClientOpening(STOCK_CLIENT)).toEqual(ok({ type: "join", header }));
    expect(encodeClientHeader(header)).toEqual(STOCK_CLIENT);
  });

  it("is the same after encoding and decoding", () => {
    fc.assert(
      fc.property(clientHeader, (header) => {
        expect(decodeClientOpening(encodeClientHeader(header))).toEqual(ok({ type: "join", header }));
      }),
    );
  });

  it("is incomplete for every prefix", () => {
    for (let length = 0; length < STOCK_CLIENT.length; length++) {
      expect(decodeClientOpening(STOCK_CLIENT.subarray(0, length))).toEqual(fail("need-more"));
    }
  });

  it("is read also when more bytes follow", () => {
    expect(decodeClientOpening(Buffer.concat([STOCK_CLIENT, hex("0000002000000020")])).ok).toBe(true);
  });

  it("knows a POKE after its four bytes", () => {
    expect(decodeClientOpening(Buffer.from("POKE"))).toEqual(ok({ type: "poke" }));
    expect(decodeClientOpening(Buffer.from("POKE and more"))).toEqual(ok({ type: "poke" }));
  });

  it.each(["GET ", "RATS", "FULL", "ranp", "SSH-"])(
    "knows after four bytes that %j is no netplay",
    (magic) => {
      expect(decodeClientOpening(Buffer.from(magic))).toEqual(fail("not-netplay"));
    },
  );

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(anyBytes({ maxLength: 64 }), (bytes) => {
        decodeClientOpening(bytes);
        decodeHostHeader(bytes);
      }),
    );
  });
});

describe("host header", () => {
  it("reads what RetroArch 1.14 answers", () => {
    const bytes = hex(
      "52414e50" + // RANP
        "00040008" + // platform
        "00000001" + // zlib
        "00000000" + // no password
        "00000006" + // the chosen protocol
        "00000469", // implementation magic
    );
    const header = {
      magic: "RANP" as const,
      platform: 0x00040008,
      compression: 1,
      salt: 0,
      protocol: 6,
      implementation: 0x469,
    };
    expect(decodeHostHeader(bytes)).toEqual(ok(header));
    expect(encodeHostHeader(header)).toEqual(bytes);
  });

  it("refuses with only the magic and the highest protocol", () => {
    expect(encodeTurnAway("FULL", 6)).toEqual(hex("46554c4c 00000000 00000000 00000000 00000006 00000000"));
    expect(encodeTurnAway("DENY", 7)).toEqual(hex("44454e59 00000000 00000000 00000000 00000007 00000000"));
  });

  it("is the same after encoding and decoding, and every prefix is incomplete", () => {
    fc.assert(
      fc.property(hostHeader, fc.nat(23), (header, length) => {
        const bytes = encodeHostHeader(header);
        expect(decodeHostHeader(bytes)).toEqual(ok(header));
        expect(decodeHostHeader(bytes.subarray(0, length))).toEqual(fail("need-more"));
      }),
    );
  });

  it("refuses another magic", () => {
    expect(decodeHostHeader(Buffer.from("HTTP/1.1 400 Bad"))).toEqual(fail("not-netplay"));
  });
});

describe("negotiateProtocol", () => {
  // The rows up to (8, 8) were seen on a real 1.14 host, whose highest is 6.
  it.each([
    { lowest: 5, highest: 0, high: 6, chosen: 5 },
    { lowest: 5, highest: 7, high: 6, chosen: 6 },
    { lowest: 8, highest: 8, high: 6, chosen: 6 },
    { lowest: 4, highest: 0, high: 6, chosen: undefined },
    { lowest: 3, highest: 3, high: 6, chosen: undefined },
    { lowest: 5, highest: 6, high: 7, chosen: 6 },
    { lowest: 5, highest: 7, high: 7, chosen: 7 },
    { lowest: 9, highest: 0, high: 7, chosen: undefined },
    { lowest: 5, highest: 6, high: 5, chosen: 5 },
  ])("chooses $chosen for a client of $lowest to $highest on a host of $high", (row) => {
    const header = { lowestProtocol: row.lowest, highestProtocol: row.highest };
    expect(negotiateProtocol(header, row.high)).toBe(row.chosen);
  });
});

describe("platformMagic", () => {
  it.each([
    { endianness: "LE", arch: "x64", os: "linux", magic: 0x00040008 },
    { endianness: "LE", arch: "arm64", os: "linux", magic: 0x00040008 },
    { endianness: "LE", arch: "x64", os: "win32", magic: 0x00040004 },
    { endianness: "LE", arch: "arm", os: "linux", magic: 0x00020004 },
    { endianness: "BE", arch: "ppc64", os: "linux", magic: 0x40040008 },
  ] as const)("describes $arch on $os", ({ magic, ...platform }) => {
    expect(platformMagic(platform)).toBe(magic);
  });
});

describe("implementationMagic", () => {
  it.each([
    ["1.9.0", 5, 0x259],
    ["1.9.14", 5, 0x529],
    ["1.10.0", 6, 0x449],
    ["1.14.0", 6, 0x469],
    ["1.20.0", 6, 0x445],
    ["1.21.0", 7, 0x40d],
    ["1.22.2", 7, 0x455],
  ])("of RetroArch %s with protocol %i", (version, protocolHigh, magic) => {
    expect(implementationMagic(version, protocolHigh)).toBe(magic);
  });
});
