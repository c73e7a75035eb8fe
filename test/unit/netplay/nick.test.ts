import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNickCommand, encodeNickCommand } from "../../../src/netplay/index.ts";
import { fail, ok } from "../../../src/shared/index.ts";
import { anyBytes, anyFieldText, field, hex } from "../../helpers/netplay-bytes.ts";

describe("nickname", () => {
  it("is a command of 8 and 32 bytes", () => {
    const bytes = Buffer.concat([
      hex("00000020"), // NICK
      hex("00000020"), // 32 bytes follow
      field("Ann", 32),
    ]);
    expect(encodeNickCommand("Ann")).toEqual(bytes);
    expect(decodeNickCommand(bytes)).toEqual(ok("Ann"));
  });

  it("is the same after encoding and decoding, and every prefix is incomplete", () => {
    fc.assert(
      fc.property(anyFieldText, fc.nat(39), (nick, length) => {
        const bytes = encodeNickCommand(nick);
        expect(decodeNickCommand(bytes)).toEqual(ok(nick));
        expect(decodeNickCommand(bytes.subarray(0, length))).toEqual(fail("need-more"));
      }),
    );
  });

  it("is cut between characters when it is too long", () => {
    expect(decodeNickCommand(encodeNickCommand("€".repeat(20)))).toEqual(ok("€".repeat(10)));
  });

  it("ends at its first NUL, and never uses the last byte", () => {
    const full = Buffer.concat([hex("0000002000000020"), Buffer.alloc(32, "x")]);
    expect(decodeNickCommand(full)).toEqual(ok("x".repeat(31)));
    expect(decodeNickCommand(encodeNickCommand("a\0b"))).toEqual(ok("a"));
  });

  it.each([
    ["another command", hex("0000002200000020")],
    ["another size", hex("0000002000000021")],
  ])("is refused at the head for %s", (_, head) => {
    expect(decodeNickCommand(head)).toEqual(fail("not-nick"));
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(anyBytes({ maxLength: 64 }), (bytes) => {
        decodeNickCommand(bytes);
        decodeNickCommand(Buffer.concat([hex("0000002000000020"), bytes]));
      }),
    );
  });
});
