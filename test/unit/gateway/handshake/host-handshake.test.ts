import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readHostHandshake,
  replayToHost,
  type HostHandshakeStep,
} from "../../../../src/gateway/handshake/host-handshake.ts";
import { HostObserver } from "../../../../src/gateway/link/host-observer.ts";
import {
  COMMAND,
  encodeCommand,
  encodeHostHeader,
  encodeMode,
  encodeNickCommand,
  encodeSync,
  type HostHeader,
} from "../../../../src/netplay/index.ts";
import { anyBytes, anySplit, field, hex } from "../../../helpers/netplay-bytes.ts";

const CLIENT = {
  platform: 0x00040004,
  compression: 0,
  highestProtocol: 7,
  lowestProtocol: 5,
  implementation: 0x455,
};

const PROMISED = { header: CLIENT, nick: "Ann", protocol: 6 };

const HOST: HostHeader = {
  magic: "RANP",
  platform: 0x00040008,
  compression: 1,
  salt: 0,
  protocol: 6,
  implementation: 0x469,
};

/** What the first bytes of the answer come to that are enough. */
function stepOf(promised: typeof PROMISED, answer: Buffer): HostHandshakeStep | undefined {
  const steps = Array.from(answer, (_, end) => readHostHandshake(promised, answer.subarray(0, end + 1)));
  return steps.find(({ type }) => type !== "need-more");
}

describe("the header of a client towards a host", () => {
  it("has zlib and the promised protocol, and otherwise the client's fields", () => {
    const header = hex(
      "52414e50" + // RANP
        "00040004" + // the client's platform
        "00000001" + // zlib, whatever the client said
        "00000006" + // the highest protocol: what was promised
        "00000005" + // the lowest
        "00000455", // the client's implementation
    );
    expect(replayToHost(PROMISED)).toEqual(
      Buffer.concat([header, hex("0000002000000020"), field("Ann", 32)]),
    );
  });

  it("names no highest protocol for a client that named none", () => {
    const replay = replayToHost({ ...PROMISED, header: { ...CLIENT, highestProtocol: 0 }, protocol: 5 });
    expect(replay.readUInt32BE(12)).toBe(0);
    expect(replay.readUInt32BE(16)).toBe(5);
  });
});

describe("the host's answer", () => {
  const answer = Buffer.concat([encodeHostHeader(HOST), encodeNickCommand("host")]);

  it("removes the header and leaves the rest, with the stream in any pieces", () => {
    fc.assert(
      fc.property(anySplit(answer), (chunks) => {
        let heard = Buffer.alloc(0);
        let rest: Buffer | undefined;
        for (const chunk of chunks) {
          if (rest !== undefined) {
            rest = Buffer.concat([rest, chunk]);
            continue;
          }
          heard = Buffer.concat([heard, chunk]);
          const step = readHostHandshake(PROMISED, heard);
          rest = step.type === "host-identified" ? step.rest : undefined;
        }
        expect(rest).toEqual(encodeNickCommand("host"));
      }),
    );
  });

  it("inflates only for a client without zlib", () => {
    const withZlib = { ...PROMISED, header: { ...CLIENT, compression: 1 } };
    expect(stepOf(PROMISED, answer)).toMatchObject({ inflates: true });
    expect(stepOf(withZlib, answer)).toMatchObject({ inflates: false });
  });

  it.each([
    ["another protocol", { protocol: 7 }, "protocol-mismatch"],
    ["protocol 0", { protocol: 0 }, "protocol-mismatch"],
    ["a password", { salt: 1 }, "host-refused"],
    ["FULL", { magic: "FULL" as const }, "host-refused"],
    ["DENY", { magic: "DENY" as const }, "host-refused"],
  ])("refuses %s", (_, change, reason) => {
    expect(stepOf(PROMISED, encodeHostHeader({ ...HOST, ...change }))).toEqual({
      type: "refused",
      reason,
    });
  });

  it("refuses bytes that are no header", () => {
    expect(readHostHandshake(PROMISED, Buffer.from("HTTP"))).toMatchObject({ type: "refused" });
  });
});

describe("HostObserver", () => {
  const sync = {
    frame: 1,
    paused: false,
    clientNumber: 3,
    devices: [1, 1],
    shareModes: Buffer.alloc(16),
    drivers: [],
    nick: "Ann (2)",
  };
  const mode = {
    frame: 2,
    playing: true,
    slave: false,
    clientNumber: 3,
    ports: [2],
    shareModes: Buffer.alloc(16),
    nick: "Ann (2)",
  };
  const stream = Buffer.concat([
    encodeNickCommand("host"),
    encodeCommand(COMMAND.sync, encodeSync(sync, Buffer.alloc(8192))),
    encodeCommand(COMMAND.mode, encodeMode({ ...mode, you: false, ports: [1] })),
    encodeCommand(COMMAND.mode, encodeMode({ ...mode, you: true })),
    encodeCommand(COMMAND.loadSavestate, Buffer.alloc(3000)),
    encodeCommand(COMMAND.pingRequest),
    encodeCommand(COMMAND.mode, encodeMode({ ...mode, you: true, playing: false, ports: [] })),
  ]);

  it("reports the same with the stream in any pieces", () => {
    fc.assert(
      fc.property(anySplit(stream), (chunks) => {
        const observer = new HostObserver(false);
        expect(chunks.flatMap((chunk) => observer.push(chunk))).toMatchObject([
          { type: "synced", sync: { clientNumber: 3, nick: "Ann (2)", sramBytes: 8192 } },
          { type: "mode", ports: [2] },
          { type: "ping" },
          { type: "mode", ports: [] },
        ]);
      }),
    );
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        const observer = new HostObserver(false);
        chunks.forEach((chunk) => observer.push(chunk));
      }),
    );
  });
});
