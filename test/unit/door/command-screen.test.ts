import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandScreen, type Expected } from "../../../src/door/command-screen.ts";
import { DEFAULT_DOOR_LIMITS } from "../../../src/door/limits.ts";
import { COMMAND, encodeCommand, encodeInfo } from "../../../src/netplay/index.ts";
import { toCrc32 } from "../../../src/shared/index.ts";
import { anyBytes, anySplit, hex } from "../../helpers/netplay-bytes.ts";

const EXPECTED: Expected = { core: "Nestopia", crc: toCrc32(0xc85f02aa) };
const INFO = { crc: toCrc32(0xc85f02aa), coreName: "Nestopia", coreVersion: "1.52.0 " };

function infoCommand(change: Partial<typeof INFO> = {}): Buffer {
  return encodeCommand(COMMAND.info, encodeInfo({ ...INFO, ...change }));
}

function createScreen(expected: Expected = EXPECTED): CommandScreen {
  return new CommandScreen(expected, DEFAULT_DOOR_LIMITS, 0);
}

function createInformedScreen(): CommandScreen {
  const screen = createScreen();
  screen.push(infoCommand(), 0);
  return screen;
}

const anyHarmlessCommand = fc
  .record({
    command: fc.constantFrom(COMMAND.ack, COMMAND.pause, COMMAND.play, COMMAND.pingResponse, 0x7777),
    payload: anyBytes({ maxLength: 68 }),
  })
  .map(({ command, payload }) => encodeCommand(command, payload));

describe("CommandScreen", () => {
  it("passes whole commands on, all of a chunk in one piece, however the stream is cut", () => {
    const streams = fc.array(anyHarmlessCommand, { maxLength: 10 }).chain((commands) => {
      const stream = Buffer.concat([infoCommand(), ...commands]);
      return fc.record({
        commands: fc.constant(commands),
        stream: fc.constant(stream),
        chunks: anySplit(stream),
      });
    });
    fc.assert(
      fc.property(streams, ({ commands, stream, chunks }) => {
        const screen = createScreen();
        const ends = new Set([0, ...ascendingEnds([infoCommand(), ...commands])]);
        let forwarded: Buffer = Buffer.alloc(0);
        for (const chunk of chunks) {
          const screened = screen.push(chunk, 0);
          if (screened.type === "drop") {
            throw new Error(screened.reason);
          }
          forwarded = Buffer.concat([forwarded, screened.forward]);
          expect(ends).toContain(forwarded.length);
        }
        expect(forwarded).toEqual(stream);
      }),
    );
  });

  it("tells answers to pings", () => {
    const screen = createInformedScreen();
    const both = Buffer.concat([encodeCommand(COMMAND.pingRequest), encodeCommand(COMMAND.pingResponse)]);
    expect(screen.push(both, 0)).toMatchObject({ answeredPing: true });
    expect(screen.push(encodeCommand(COMMAND.ack), 0)).toMatchObject({ answeredPing: false });
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
    ["a size of 4", encodeCommand(COMMAND.info, Buffer.alloc(4)), "bad-info"],
    ["a size of 69", hex("00000022 00000045"), "oversize"],
    ["a command before it", encodeCommand(COMMAND.play, Buffer.alloc(4)), "unexpected-command"],
    ["the nickname again", encodeCommand(COMMAND.nick, Buffer.alloc(32)), "unexpected-command"],
  ])("drops a client whose INFO has %s", (_, bytes, reason) => {
    expect(createScreen().push(bytes, 0)).toMatchObject({ type: "drop", reason });
  });

  it("takes another case of the core's name, any version, and any content where none is expected", () => {
    expect(createScreen().push(infoCommand({ coreName: "NESTOPIA", coreVersion: "" }), 0).type).toBe("pass");
    const anyContent = createScreen({ core: "Nestopia", crc: undefined });
    expect(anyContent.push(infoCommand({ crc: toCrc32(7) }), 0).type).toBe("pass");
  });

  it("lets INFO be asked for, which is not yet an answer", () => {
    const screen = createScreen();
    expect(screen.push(encodeCommand(COMMAND.info), 0).type).toBe("pass");
    expect(screen.push(encodeCommand(COMMAND.ack), 0)).toMatchObject({ reason: "unexpected-command" });
  });

  it.each([
    ["oversize", "00000003 00000035"], // INPUT of 53 bytes
    ["oversize", "00001000 00000060"], // chat of 96 bytes
    ["oversize", "00007777 ffffffff"],
    ["forbidden-command", "00000023 00000000"], // SYNC
    ["forbidden-command", "00000026 0000003c"], // MODE
    ["forbidden-command", "00000042 00000008"], // LOAD_SAVESTATE
    ["forbidden-command", "00000048 00000000"], // NETPACKET
  ])("drops for %s at the head already: %s", (reason, head) => {
    expect(createInformedScreen().push(hex(head), 0)).toMatchObject({ type: "drop", reason });
  });

  it("passes INPUT of 52 bytes and a chat of 95", () => {
    const both = [
      encodeCommand(COMMAND.input, Buffer.alloc(52)),
      encodeCommand(COMMAND.playerChat, Buffer.alloc(95)),
    ];
    expect(createInformedScreen().push(Buffer.concat(both), 0).type).toBe("pass");
  });

  it("never drops a stock player, nor one that sends ten seconds of input at once", () => {
    const screen = createInformedScreen();
    const input = encodeCommand(COMMAND.input, Buffer.alloc(12));
    for (let frame = 0; frame < 60 * 60 * 10; frame++) {
      expect(screen.push(input, (frame * 1000) / 60).type).toBe("pass");
    }
    const backlog = Buffer.concat(Array.from({ length: 600 }, () => input));
    expect(screen.push(backlog, 620_000).type).toBe("pass");
  });

  it("drops for too many commands, too many bytes, too many wishes for a savestate", () => {
    const many = Buffer.concat(Array.from({ length: 901 }, () => encodeCommand(COMMAND.ack)));
    expect(createInformedScreen().push(many, 0)).toMatchObject({ reason: "flood", command: COMMAND.ack });
    expect(createInformedScreen().push(Buffer.alloc(70_000), 0)).toMatchObject({
      reason: "flood",
      command: undefined,
    });
    const wish = encodeCommand(COMMAND.requestSavestate);
    const wishes = createInformedScreen();
    const outcomes = Array.from({ length: 11 }, () => wishes.push(wish, 0).type);
    expect(outcomes).toEqual([...Array.from({ length: 10 }, () => "pass"), "drop"]);
  });

  it("never throws on random bytes, and never forwards a piece of a command", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 100 }), { maxLength: 10 }), (chunks) => {
        const screen = createInformedScreen();
        for (const chunk of chunks) {
          if (screen.push(chunk, 0).type === "drop") {
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
