import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandFilter } from "../../../../src/gateway/link/command-filter.ts";
import type { Expected } from "../../../../src/gateway/link/content-check.ts";
import { DEFAULT_GATEWAY_LIMITS } from "../../../../src/gateway/limits.ts";
import type { Observed } from "../../../../src/gateway/link/host-observer.ts";
import {
  CLIENT_RULES,
  COMMAND,
  encodeCommand,
  encodeInfo,
  implementationMagic,
} from "../../../../src/netplay/index.ts";
import { toCrc32 } from "../../../../src/shared/index.ts";
import { anyBytes, anySplit, hex } from "../../../helpers/netplay-bytes.ts";

const EXPECTED: Expected = { core: "Nestopia", crc: toCrc32(0xc85f02aa) };
const INFO = { crc: toCrc32(0xc85f02aa), coreName: "Nestopia", coreVersion: "1.52.0 " };

function infoCommand(change: Partial<typeof INFO> = {}): Buffer {
  return encodeCommand(COMMAND.info, encodeInfo({ ...INFO, ...change }));
}

function createFilter(expected: Expected | "unknown" = EXPECTED, mayPlay = true): CommandFilter {
  return new CommandFilter({
    expected: expected === "unknown" ? undefined : expected,
    limits: DEFAULT_GATEWAY_LIMITS,
    nowMs: 0,
    refusesPlay: () => !mayPlay,
  });
}

const SYNCED: Observed = {
  type: "synced",
  sync: {
    frame: 1,
    paused: false,
    clientNumber: 1,
    devices: [],
    shareModes: Buffer.alloc(16),
    drivers: [],
    nick: "ann",
    sramBytes: 0,
  },
};

const PLAYING: Observed = { type: "mode", playing: true, slave: false, ports: [1], frame: 2 };
const WATCHING: Observed = { type: "mode", playing: false, slave: false, ports: [], frame: 9 };

const PLAY = encodeCommand(COMMAND.play, Buffer.alloc(4));
const SPECTATE = encodeCommand(COMMAND.spectate);
const PAUSE = encodeCommand(COMMAND.pause, Buffer.alloc(32));
const RESUME = encodeCommand(COMMAND.resume);
const INPUT = encodeCommand(COMMAND.input, Buffer.alloc(12));
const ACK = encodeCommand(COMMAND.ack);
const CHAT = encodeCommand(COMMAND.playerChat, Buffer.from("hello"));

/** The filter of a spectator. */
function createInformedFilter(
  protocol = 6,
  expected: Expected | "unknown" = EXPECTED,
  mayPlay = true,
  implementation = 0,
): CommandFilter {
  const filter = createFilter(expected, mayPlay);
  filter.hear({ type: "host-identified", protocol, implementation });
  filter.push(infoCommand(), 0);
  filter.hear(SYNCED);
  return filter;
}

/** The filter of a spectator in a room that a player's own RetroArch hosts. */
function createRelayedFilter(protocol = 6, implementation = 0): CommandFilter {
  return createInformedFilter(protocol, "unknown", true, implementation);
}

function createPlayersFilter(protocol = 6): CommandFilter {
  const filter = createInformedFilter(protocol);
  filter.push(PLAY, 0);
  filter.hear(PLAYING);
  return filter;
}

/** The bytes that the host gets of these commands. */
function told(filter: CommandFilter, ...commands: readonly Buffer[]): Buffer | string {
  const filtered = filter.push(Buffer.concat(commands), 0);
  return filtered.type === "pass" ? filtered.forward : filtered.reason;
}

const anyHarmlessCommand = fc.constantFrom(
  encodeCommand(COMMAND.ack),
  INPUT,
  encodeCommand(COMMAND.input, Buffer.alloc(52)),
  CHAT,
  encodeCommand(COMMAND.pingResponse),
);

describe("the command filter", () => {
  it("passes whole commands on, all of a chunk in one piece, with the stream in any pieces", () => {
    const streams = fc.array(anyHarmlessCommand, { maxLength: 10 }).chain((commands) => {
      const stream = Buffer.concat(commands);
      return fc.record({
        commands: fc.constant(commands),
        stream: fc.constant(stream),
        chunks: anySplit(stream),
      });
    });
    fc.assert(
      fc.property(streams, ({ commands, stream, chunks }) => {
        const filter = createPlayersFilter();
        const ends = new Set([0, ...ascendingEnds(commands)]);
        let forwarded: Buffer = Buffer.alloc(0);
        for (const chunk of chunks) {
          const filtered = filter.push(chunk, 0);
          if (filtered.type === "drop") {
            throw new Error(filtered.reason);
          }
          forwarded = Buffer.concat([forwarded, filtered.forward]);
          expect(ends).toContain(forwarded.length);
        }
        expect(forwarded).toEqual(stream);
      }),
    );
  });

  it("reports answers to pings", () => {
    const filter = createInformedFilter();
    const both = Buffer.concat([encodeCommand(COMMAND.pingRequest), encodeCommand(COMMAND.pingResponse)]);
    expect(filter.push(both, 0)).toMatchObject({ answeredPing: true });
    expect(filter.push(encodeCommand(COMMAND.ack), 0)).toMatchObject({ answeredPing: false });
  });

  it("keeps requests for a savestate, and reports them", () => {
    const request = encodeCommand(COMMAND.requestSavestate);
    const filter = createInformedFilter();
    const ping = encodeCommand(COMMAND.pingRequest);
    const both = Buffer.concat([ping, request, request, ping]);
    const forward = Buffer.concat([ping, ping]);
    expect(filter.push(both, 0)).toMatchObject({ type: "pass", forward, requestsSavestate: true });
    expect(filter.push(ping, 0)).toMatchObject({ forward: ping, requestsSavestate: false });
  });

  it.each([
    ["another core", infoCommand({ coreName: "FCEUmm" }), "wrong-core"],
    ["another content", infoCommand({ crc: toCrc32(1) }), "wrong-content"],
    [
      "the order of 1.9.0",
      encodeCommand(COMMAND.info, Buffer.concat([encodeInfo(INFO).subarray(4), Buffer.alloc(4, 1)])),
      "old-info",
    ],
    ["no text", encodeCommand(COMMAND.info, Buffer.alloc(68, 1)), "bad-info"],
    ["a size of 4", encodeCommand(COMMAND.info, Buffer.alloc(4)), "wrong-size"],
    ["a size of 69", hex("00000022 00000045"), "oversize"],
    ["a command before it", encodeCommand(COMMAND.play, Buffer.alloc(4)), "unexpected-command"],
    ["the nickname again", encodeCommand(COMMAND.nick, Buffer.alloc(32)), "unexpected-command"],
  ])("drops a client whose INFO has %s", (_, bytes, reason) => {
    expect(createFilter().push(bytes, 0)).toMatchObject({ type: "drop", reason });
  });

  it("takes another case of the core's name, any version, and any content where none is expected", () => {
    expect(createFilter().push(infoCommand({ coreName: "NESTOPIA", coreVersion: "" }), 0).type).toBe("pass");
    const anyContent = createFilter({ core: "Nestopia", crc: undefined });
    expect(anyContent.push(infoCommand({ crc: toCrc32(7) }), 0).type).toBe("pass");
  });

  it("lets an INFO of no length pass, which is not an answer yet", () => {
    const filter = createFilter();
    expect(filter.push(encodeCommand(COMMAND.info), 0).type).toBe("pass");
    expect(filter.push(encodeCommand(COMMAND.ack), 0)).toMatchObject({ reason: "unexpected-command" });
  });

  it("takes no command before SYNC, and no INFO behind the first", () => {
    const filter = createFilter();
    filter.push(infoCommand(), 0);
    expect(filter.push(encodeCommand(COMMAND.ack), 0)).toMatchObject({ reason: "unexpected-command" });
    expect(told(createInformedFilter(), infoCommand())).toBe("unexpected-command");
  });

  it.each([
    ["oversize", "00000003 00000035"], // INPUT of 53 bytes
    ["wrong-size", "00000003 00000009"], // INPUT of 9 bytes
    ["oversize", "00001000 00000060"], // chat of 96 bytes
    ["wrong-size", "00001000 00000000"], // chat of no bytes
    ["oversize", "00000000 00000008"], // ACK, whose payload RetroArch would read as commands
    ["oversize", "00000041 00000004"], // REQUEST_SAVESTATE
    ["oversize", "00000044 00000008"], // RESUME
    ["wrong-size", "00000043 00000004"], // PAUSE
    ["wrong-size", "00000025 00000000"], // PLAY
    ["oversize", "00000024 00000004"], // SPECTATE
    ["oversize", "00001100 00000008"], // PING_REQUEST
    ["oversize", "00001101 00000008"], // PING_RESPONSE
    ["oversize", "00000001 00000008"], // NAK
    ["oversize", "00000002 00000008"], // DISCONNECT
    ["forbidden-command", "00007777 00000000"],
    ["forbidden-command", "00000040 00000008"], // CRC
    ["forbidden-command", "00000023 00000000"], // SYNC
    ["forbidden-command", "00000026 0000003c"], // MODE
    ["forbidden-command", "00000042 00000008"], // LOAD_SAVESTATE
    ["forbidden-command", "00000048 00000000"], // NETPACKET
  ])("drops for %s at the head already: %s", (reason, head) => {
    expect(createPlayersFilter().push(hex(head), 0)).toMatchObject({ type: "drop", reason });
  });

  it("passes INPUT of 52 bytes and a chat of 95", () => {
    const both = [
      encodeCommand(COMMAND.input, Buffer.alloc(52)),
      encodeCommand(COMMAND.playerChat, Buffer.alloc(95)),
    ];
    expect(createPlayersFilter().push(Buffer.concat(both), 0).type).toBe("pass");
  });

  it("lets only players send input and chat, and lets no client chat or ping before protocol 6", () => {
    expect(told(createInformedFilter(), INPUT)).toBe("wrong-role");
    expect(told(createInformedFilter(), CHAT)).toBe("wrong-role");
    expect(told(createInformedFilter(), SPECTATE)).toBe("wrong-role");
    expect(told(createPlayersFilter(), INPUT, CHAT)).toEqual(Buffer.concat([INPUT, CHAT]));
    expect(told(createPlayersFilter(5), INPUT)).toEqual(INPUT);
    expect(told(createPlayersFilter(5), CHAT)).toBe("wrong-protocol");
    expect(told(createPlayersFilter(5), encodeCommand(COMMAND.pingRequest))).toBe("wrong-protocol");
  });

  it("lets a client that toggles between playing and watching do so as fast as its host answers, or faster", () => {
    const filter = createInformedFilter();
    expect(told(filter, PLAY)).toEqual(PLAY);
    // The key is hit again before MODE: a host would end the connection.
    expect(told(filter, PLAY)).toEqual(Buffer.alloc(0));
    filter.hear(PLAYING);
    expect(told(filter, PLAY, INPUT)).toEqual(INPUT);
    expect(told(filter, INPUT, CHAT, SPECTATE)).toEqual(Buffer.concat([INPUT, CHAT, SPECTATE]));
    filter.hear(WATCHING);
    filter.hear({ type: "frame", frame: 10 });
    expect(told(filter, PLAY)).toEqual(PLAY);
    filter.hear(PLAYING);
    expect(told(filter, INPUT)).toEqual(INPUT);
  });

  it("accepts input from a client whose PLAY is not answered yet, as a host may, but no SPECTATE", () => {
    expect(told(createInformedFilter(), PLAY, INPUT)).toEqual(Buffer.concat([PLAY, INPUT]));
    expect(told(createInformedFilter(), PLAY, SPECTATE)).toBe("wrong-role");
  });

  it("keeps each command for which a host ends a client, until the host has told the others that the client no longer plays", () => {
    const filter = createPlayersFilter();
    const tooFast = hex("00000027 00000004 00000003");
    expect(told(filter, SPECTATE)).toEqual(SPECTATE);
    const look = (): void => {
      expect(told(filter, SPECTATE, INPUT, CHAT, ACK)).toEqual(ACK);
      expect(filter.push(PLAY, 0)).toMatchObject({ forward: Buffer.alloc(0), answer: tooFast });
    };
    look();
    filter.hear(WATCHING);
    filter.hear({ type: "frame", frame: 9 });
    look();
    filter.hear({ type: "frame", frame: 10 });
    expect(told(filter, PLAY)).toEqual(PLAY);
  });

  it("keeps NAK and DISCONNECT, with which a client leaves itself", () => {
    const [nak, disconnect] = [encodeCommand(COMMAND.nak), encodeCommand(COMMAND.disconnect)];
    expect(told(createPlayersFilter(), nak, ACK, disconnect)).toEqual(ACK);
  });

  it("passes neither PAUSE nor RESUME to a host of ours, from any client", () => {
    for (const filter of [createInformedFilter(), createPlayersFilter(), createPlayersFilter(5)]) {
      expect(told(filter, PAUSE, ACK, RESUME, ACK, RESUME)).toEqual(Buffer.concat([ACK, ACK]));
    }
  });

  it("passes a player's PAUSE, and one RESUME after it, to a host that allows pausing", () => {
    const filter = createRelayedFilter();
    expect(told(filter, PAUSE, RESUME)).toEqual(Buffer.alloc(0));
    filter.hear({ type: "allows-pausing", allowed: true });
    expect(told(filter, PAUSE, RESUME)).toEqual(Buffer.alloc(0));
    filter.push(PLAY, 0);
    filter.hear(PLAYING);
    expect(told(filter, RESUME, PAUSE, RESUME, RESUME)).toEqual(Buffer.concat([PAUSE, RESUME]));
  });

  it("refuses the PLAY of a client that may only watch in its host's place, and passes the commands around it", () => {
    const filter = createInformedFilter(6, EXPECTED, false);
    const refusal = hex("00000027 00000004 00000001");
    expect(filter.push(Buffer.concat([ACK, PLAY, ACK, PLAY]), 0)).toMatchObject({
      forward: Buffer.concat([ACK, ACK]),
      answer: Buffer.concat([refusal, refusal]),
    });
    expect(told(filter, INPUT)).toBe("wrong-role");
  });

  it("passes netpackets only to hosts that are not ours", () => {
    const netpacket = encodeCommand(COMMAND.netpacket, Buffer.alloc(64));
    expect(told(createRelayedFilter(), netpacket)).toEqual(netpacket);
    expect(told(createRelayedFilter(5), netpacket)).toBe("wrong-protocol");
  });

  it.each([
    ["1.14.0", 6, false, false],
    ["1.15.0", 6, false, false],
    ["1.16.0", 6, true, true],
    ["1.16.0.3", 6, true, true],
    ["1.17.0", 6, true, false],
    ["1.18.0", 6, true, false],
    ["1.20.0", 6, true, false],
    ["1.22.2", 7, true, false],
  ])("takes of netpackets what RetroArch %s reads whole", (version, protocol, one, all) => {
    const fates = [COMMAND.netpacket, COMMAND.netpacketBroadcast].map((command) => {
      const filter = createRelayedFilter(6, implementationMagic(version, protocol));
      // Where it is not known, its last four bytes and the size of the next command freeze the room.
      const resume = Buffer.from("0000000000000044", "hex");
      return told(filter, encodeCommand(command, resume)) !== "forbidden-command";
    });
    expect(fates).toEqual([one, all]);
  });

  it("reports the frame of the last input", () => {
    const frames = [7, 8].map((frame) => {
      const payload = Buffer.alloc(12);
      payload.writeUInt32BE(frame);
      return encodeCommand(COMMAND.input, payload);
    });
    expect(createPlayersFilter().push(Buffer.concat(frames), 0)).toMatchObject({ inputFrame: 8 });
    expect(createPlayersFilter().push(RESUME, 0)).toMatchObject({ inputFrame: undefined });
  });

  it("never drops a stock player, nor one that sends ten seconds of input at once", () => {
    const filter = createPlayersFilter();
    const input = INPUT;
    for (let frame = 0; frame < 60 * 60 * 10; frame++) {
      expect(filter.push(input, (frame * 1000) / 60).type).toBe("pass");
    }
    const backlog = Buffer.concat(Array.from({ length: 600 }, () => input));
    expect(filter.push(backlog, 620_000).type).toBe("pass");
  });

  it("drops for too many commands, too many bytes, too many requests for a savestate", () => {
    const many = Buffer.concat(Array.from({ length: 901 }, () => encodeCommand(COMMAND.ack)));
    expect(createInformedFilter().push(many, 0)).toMatchObject({ reason: "flood", command: COMMAND.ack });
    expect(createInformedFilter().push(Buffer.alloc(70_000), 0)).toMatchObject({
      reason: "flood",
      command: undefined,
    });
  });

  it("drops for more of a command than its rule allows", () => {
    for (const { command, rate, sizes, from } of CLIENT_RULES) {
      if (rate === undefined || from.includes("handshake") || command === COMMAND.spectate) {
        continue;
      }
      const filter = createPlayersFilter();
      const one = encodeCommand(command, Buffer.alloc(sizes[0]?.min ?? 0));
      // One PLAY has been sent on the way here.
      const allowed = command === COMMAND.play ? rate.burst - 1 : rate.burst;
      const outcomes = Array.from({ length: allowed + 1 }, () => filter.push(one, 0).type);
      expect(outcomes).toEqual([...Array.from({ length: allowed }, () => "pass"), "drop"]);
      expect(filter.push(one, 0)).toMatchObject({ reason: "flood", command });
    }
  });

  it("never throws on random bytes, and never forwards a part of a command", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 100 }), { maxLength: 10 }), (chunks) => {
        const filter = createInformedFilter();
        for (const chunk of chunks) {
          if (filter.push(chunk, 0).type === "drop") {
            return;
          }
        }
      }),
    );
  });
});

function ascendingEnds(commands: readonly Buffer[]): number[] {
  let end = 0;
  return commands.map((command) => (end += command.length));
}
