import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeMode,
  decodeSavestateHead,
  decodeSync,
  encodeMode,
  encodeSavestate,
  encodeSync,
  encodeModeRefused,
  SYNC_FIXED_BYTES,
} from "../../../src/netplay/index.ts";
import { fail, ok } from "../../../src/shared/index.ts";
import { anyBytes, anyFieldText, anyU32, field, hex } from "../../helpers/netplay-bytes.ts";

const words = (first: string, count: number): Buffer =>
  Buffer.concat([hex(first), Buffer.alloc(4 * (count - 1))]);

describe("SYNC", () => {
  const payload = Buffer.concat([
    hex("00001932"), // the host's frame, 6450
    hex("80000002"), // paused, client number 2
    words("00000001", 16), // a joypad in port 1
    Buffer.alloc(16), // share modes
    words("00000002", 16), // port 1 is driven by client 1
    field("Ann (2)", 32), // the name to use
    Buffer.alloc(8192, 0xab), // battery RAM
  ]);

  it("reads number, name and the size of the battery RAM from its fixed part alone", () => {
    const sync = decodeSync(payload.subarray(0, SYNC_FIXED_BYTES), payload.length);
    expect(sync).toMatchObject(
      ok({ frame: 6450, paused: true, clientNumber: 2, nick: "Ann (2)", sramBytes: 8192 }),
    );
    expect(sync.ok && [sync.value.devices[0], sync.value.drivers[0]]).toEqual([1, 2]);
  });

  it("is the same after decoding and encoding", () => {
    const sync = decodeSync(payload, payload.length);
    expect(sync.ok && encodeSync(sync.value, payload.subarray(SYNC_FIXED_BYTES))).toEqual(payload);
  });

  it("has at least its fixed part", () => {
    expect(decodeSync(payload.subarray(0, 183), payload.length)).toEqual(fail("too-short"));
    expect(decodeSync(payload.subarray(0, 184), 183)).toEqual(fail("too-short"));
  });
});

describe("MODE", () => {
  it("reads that the receiver plays", () => {
    const payload = Buffer.concat([
      hex("00001933"), // from frame 6451
      hex("c0000001"), // you, playing, client 1
      hex("00000001"), // port 1
      Buffer.alloc(16), // share modes
      field("Ann", 32),
    ]);
    const mode = decodeMode(payload);
    expect(mode).toMatchObject(
      ok({ frame: 6451, you: true, playing: true, slave: false, clientNumber: 1, ports: [1], nick: "Ann" }),
    );
    expect(mode.ok && encodeMode(mode.value)).toEqual(payload);
  });

  it("is the same after encoding and decoding", () => {
    const anyMode = fc.record({
      frame: anyU32,
      you: fc.boolean(),
      playing: fc.boolean(),
      slave: fc.boolean(),
      clientNumber: fc.nat(0xffff),
      ports: fc
        .uniqueArray(fc.integer({ min: 1, max: 16 }))
        .map((ports) => [...ports].sort((one, other) => one - other)),
      shareModes: anyBytes({ minLength: 16, maxLength: 16 }),
      nick: anyFieldText,
    });
    fc.assert(
      fc.property(anyMode, fc.nat(59), (mode, length) => {
        const bytes = encodeMode(mode);
        expect(decodeMode(bytes)).toEqual(ok(mode));
        expect(decodeMode(bytes.subarray(0, length))).toEqual(fail("wrong-size"));
        expect(decodeMode(Buffer.concat([bytes, hex("00")]))).toEqual(fail("wrong-size"));
      }),
    );
  });
});

describe("MODE_REFUSED", () => {
  it("says that a client is not allowed to play", () => {
    const bytes = Buffer.concat([
      hex("00000027"), // MODE_REFUSED
      hex("00000004"), // 4 bytes
      hex("00000001"), // reason: unprivileged
    ]);
    expect(encodeModeRefused("unprivileged")).toEqual(bytes);
  });
});

describe("savestate", () => {
  it("begins with its frame and its size when inflated", () => {
    const payload = encodeSavestate({ frame: 600, uncompressedBytes: 21_488 }, hex("789c"));
    expect(payload).toEqual(hex("00000258 000053f0 789c"));
    expect(decodeSavestateHead(payload)).toEqual(ok({ frame: 600, uncompressedBytes: 21_488 }));
    expect(decodeSavestateHead(payload.subarray(0, 7))).toEqual(fail("too-short"));
  });
});

describe("random bytes", () => {
  it("never make a decoder throw", () => {
    fc.assert(
      fc.property(anyBytes({ maxLength: 300 }), anyU32, (bytes, claimed) => {
        decodeSync(bytes, claimed);
        decodeMode(bytes);
        decodeSavestateHead(bytes);
      }),
    );
  });
});
