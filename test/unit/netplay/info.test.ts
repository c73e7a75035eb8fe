import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeInfo, encodeInfo, isSameCoreName } from "../../../src/netplay/index.ts";
import { fail, ok, toCrc32 } from "../../../src/shared/index.ts";
import { anyBytes, anyFieldText, anyU32, field, hex } from "../../helpers/netplay-bytes.ts";

/** As RetroArch 1.14 with Debian's Nestopia sends it. */
const NESTOPIA = Buffer.concat([
  hex("c85f02aa"), // content CRC
  field("Nestopia", 32), // core name
  field("1.52.0 ", 32), // core version, with its trailing blank
]);

/** The same facts in the field order of RetroArch 1.9.0 and older. */
function oldLayout(coreName: string, coreVersion: string, crc: string): Buffer {
  return Buffer.concat([field(coreName, 32), field(coreVersion, 32), hex(crc)]);
}

describe("INFO", () => {
  it("reads what RetroArch 1.14 sends", () => {
    const info = { crc: toCrc32(0xc85f02aa), coreName: "Nestopia", coreVersion: "1.52.0 " };
    expect(decodeInfo(NESTOPIA)).toEqual(ok({ type: "answer", info }));
    expect(encodeInfo(info)).toEqual(NESTOPIA);
  });

  it("without payload is a question", () => {
    expect(decodeInfo(Buffer.alloc(0))).toEqual(ok({ type: "question" }));
  });

  it("is the same after encoding and decoding", () => {
    const anyInfo = fc.record({
      crc: anyU32.map(toCrc32),
      coreName: anyFieldText.filter((name) => name !== ""),
      coreVersion: anyFieldText,
    });
    fc.assert(
      fc.property(anyInfo, (info) => {
        expect(decodeInfo(encodeInfo(info))).toEqual(ok({ type: "answer", info }));
      }),
    );
  });

  it("has no other sizes", () => {
    for (const length of [1, 4, 36, 67]) {
      expect(decodeInfo(NESTOPIA.subarray(0, length))).toEqual(fail("wrong-size"));
    }
    expect(decodeInfo(Buffer.concat([NESTOPIA, hex("00")]))).toEqual(fail("wrong-size"));
  });

  it.each([
    ["Nestopia", "1.51.1", "c85f02aa"],
    ["mGBA", "0.10", "00000000"],
    ["FCEUmm", "(SVN)", "12345678"],
    ["Beetle PSX HW with a long name!", "1", "e2c443c4"],
    ["Nestopia", "", "e2c443c4"],
  ])("of the order before 1.9.1 is recognised: %s %s %s", (name, version, crc) => {
    expect(decodeInfo(oldLayout(name, version, crc))).toEqual(fail("old-layout"));
  });

  it("with a CRC that consists of letters has the new order", () => {
    const info = { crc: toCrc32(0x4e657374), coreName: "Nestopia", coreVersion: "1.52.0" };
    expect(decodeInfo(encodeInfo(info))).toEqual(ok({ type: "answer", info }));
  });

  it.each([
    ["control characters in the name", Buffer.concat([hex("00000001"), field("a\nb", 32), field("1", 32)])],
    ["an empty name", Buffer.concat([hex("01000001"), field("", 32), field("1", 32)])],
    ["a name without an end", Buffer.concat([hex("01000001"), Buffer.alloc(32, "x"), field("1", 32)])],
    ["nothing but ones", Buffer.alloc(68, 0xff)],
  ])("is refused with %s", (_, payload) => {
    expect(decodeInfo(payload)).toEqual(fail("not-text"));
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(anyBytes({ maxLength: 80 }), anyBytes({ minLength: 68, maxLength: 68 })),
        (bytes) => {
          decodeInfo(bytes);
        },
      ),
    );
  });
});

describe("isSameCoreName", () => {
  it("ignores case, and characters that do not fit the field", () => {
    expect(isSameCoreName("Nestopia", "nestopia")).toBe(true);
    expect(isSameCoreName("Nestopia", "Nestopia UE")).toBe(false);
    expect(isSameCoreName(`${"x".repeat(31)}a`, `${"X".repeat(31)}b`)).toBe(true);
  });
});
