import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HalfOpenList } from "../../../../src/gateway/net/half-open.ts";

describe("HalfOpenList", () => {
  it("makes room by closing the oldest", () => {
    const list = new HalfOpenList<string>(3, 3);
    expect(["a", "b", "c", "d", "e"].map((member) => list.add(member, member))).toEqual([
      undefined,
      undefined,
      undefined,
      "a",
      "b",
    ]);
    expect(list.members()).toEqual(["c", "d", "e"]);
  });

  it("closes the oldest of an address that has too many", () => {
    const list = new HalfOpenList<string>(10, 2);
    list.add("other", "2.2.2.2");
    list.add("a", "1.1.1.1");
    list.add("b", "1.1.1.1");
    expect(list.add("c", "1.1.1.1")).toBe("a");
    expect(list.members()).toEqual(["other", "b", "c"]);
  });

  it("never holds more than its limit, and forgets connections that left", () => {
    const steps = fc.array(fc.record({ address: fc.nat(5), leaves: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (list) => {
        const halfOpen = new HalfOpenList<number>(8, 3);
        const addresses = new Map<number, number>();
        list.forEach(({ address, leaves }, member) => {
          addresses.set(member, address);
          halfOpen.add(member, String(address));
          if (leaves) {
            halfOpen.delete(member);
          }
          const counts = [0, 1, 2, 3, 4, 5].map(
            (one) => halfOpen.members().filter((other) => addresses.get(other) === one).length,
          );
          expect(halfOpen.members().length).toBeLessThanOrEqual(8);
          expect(Math.max(...counts)).toBeLessThanOrEqual(3);
          expect(halfOpen.members().includes(member)).toBe(!leaves);
        });
      }),
    );
  });
});
