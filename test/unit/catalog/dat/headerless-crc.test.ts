import fc from "fast-check";
import { expect, it } from "vitest";
import { crcAfterPrefix } from "../../../../src/catalog/dat/headerless-crc.ts";
import { crcOf } from "../catalog-fixture.ts";

it("is the CRC of what lies behind the start, known from that of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 5000 }), (start, rest) => {
      const whole = crcOf(Buffer.concat([start, rest]));
      expect(crcAfterPrefix(whole, start, rest.length)).toBe(crcOf(Buffer.from(rest)));
    }),
  );
});
