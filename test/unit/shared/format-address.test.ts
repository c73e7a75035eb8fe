import { describe, expect, it } from "vitest";
import { formatAddress, formatHost } from "../../../src/shared/index.ts";

describe("an address for people", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7", "192.0.2.7:5000"],
    ["example.org", "example.org", "example.org:5000"],
    ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:5000"],
    ["::", "[::]", "[::]:5000"],
  ])("of %s reads as one, whatever its host", (host, asHost, asAddress) => {
    expect(formatHost(host)).toBe(asHost);
    expect(formatAddress(host, 5000)).toBe(asAddress);
  });
});
