import { describe, expect, it } from "vitest";
import { addressGroup, plainAddress, wideAddressGroup } from "../../../src/shared/address-group.ts";

describe("an address", () => {
  it("is shown without the prefix of a dual-stack socket", () => {
    expect(plainAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(plainAddress("2001:db8::1")).toBe("2001:db8::1");
    expect(plainAddress("")).toBe("");
  });

  it("counts as one peer: a whole IPv4 address, a /64 of IPv6", () => {
    expect(addressGroup("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(addressGroup("10.0.0.1")).not.toBe(addressGroup("10.0.0.2"));
    expect(addressGroup("2001:db8:0:1::1")).toBe(addressGroup("2001:db8:0:1:ffff::2"));
    expect(addressGroup("2001:db8:0:1::1")).not.toBe(addressGroup("2001:db8:0:2::1"));
    expect(addressGroup("2001:db8::1")).toBe("2001:db8:0:0::/64");
    expect(addressGroup("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  });

  it("counts as one network: a /24 of IPv4, a /48 of IPv6", () => {
    expect(wideAddressGroup("::ffff:10.0.0.1")).toBe("10.0.0.0/24");
    expect(wideAddressGroup("10.0.0.255")).toBe("10.0.0.0/24");
    expect(wideAddressGroup("2001:db8:7:1::1")).toBe("2001:db8:7::/48");
    expect(wideAddressGroup("::1")).toBe("0:0:0::/48");
  });
});
