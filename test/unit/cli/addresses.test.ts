import { describe, expect, it } from "vitest";
import { parseRoomAddress } from "../../../src/cli/addresses.ts";

describe("the address of a room", () => {
  it.each([
    ["example.org", { host: "example.org", port: 55435, session: undefined }],
    ["example.org:55500", { host: "example.org", port: 55500, session: undefined }],
    ["[::1]:55500/AAAAAAAAAAAAAAAA", { host: "::1", port: 55500, session: "AAAAAAAAAAAAAAAA" }],
    ["example.org/ab/d+f/hAAAAAAAA", { host: "example.org", port: 55435, session: "ab/d+f/hAAAAAAAA" }],
  ])("%s is taken apart at the first slash", (text, address) => {
    expect(parseRoomAddress(text)).toEqual(address);
  });

  it.each([
    "host/",
    "host/short",
    "host/AAAAAAAAAAAAAAA=",
    "host/AAAAAAAAAAAAAAAAA",
    "host/AAAAAAAAAAAAAA-_",
    ":1/AAAAAAAAAAAAAAAA",
    "host:0",
  ])("%s is refused", (text) => {
    expect(() => parseRoomAddress(text)).toThrow(/Expected|session's id/);
  });
});
