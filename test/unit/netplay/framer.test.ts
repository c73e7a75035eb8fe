import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COMMAND,
  CommandFramer,
  commandName,
  decodeCommandHead,
  encodeCommand,
} from "../../../src/netplay/index.ts";
import { fail, ok } from "../../../src/shared/index.ts";
import { anyBytes, anySplit, hex, splitAt } from "../../helpers/netplay-bytes.ts";

const keepAll = (): number => Infinity;

const anyCommand = fc
  .record({
    command: fc.constantFrom(...Object.values(COMMAND), 0x7777),
    payload: anyBytes({ minLength: 4, maxLength: 200 }),
  })
  .map(({ command, payload }) => ({ command, payloadBytes: payload.length, payload }));

function framesOf(framer: CommandFramer, chunks: readonly Buffer[]): unknown[] {
  return chunks.flatMap((chunk) => framer.push(chunk)).map((frame) => ({ ...frame }));
}

describe("command head", () => {
  it("is id and size", () => {
    // NOINPUT for frame 6451, as a spectating host sends it once a frame.
    const noInput = hex("00000004 00000004 00001933");
    expect(decodeCommandHead(noInput, 0)).toEqual(ok({ command: COMMAND.noInput, payloadBytes: 4 }));
    expect(encodeCommand(COMMAND.noInput, hex("00001933"))).toEqual(noInput);
  });

  it("of a netpacket leaves four bytes of its payload uncounted", () => {
    // NETPACKET to everybody with two bytes of data: the size field says two.
    const netpacket = hex("00000048 00000002 ffffffff abcd");
    expect(decodeCommandHead(netpacket, 0)).toEqual(ok({ command: COMMAND.netpacket, payloadBytes: 6 }));
    expect(encodeCommand(COMMAND.netpacket, hex("ffffffff abcd"))).toEqual(netpacket);
  });

  it("needs eight bytes", () => {
    for (let length = 0; length < 8; length++) {
      expect(decodeCommandHead(Buffer.alloc(length), 0)).toEqual(fail("need-more"));
    }
  });
});

describe("CommandFramer", () => {
  it("knows after each byte whether it is between two commands", () => {
    const framer = new CommandFramer(() => undefined);
    const stream = Buffer.concat([
      encodeCommand(COMMAND.noInput, hex("00001933")),
      encodeCommand(COMMAND.ack),
    ]);
    const places = [...stream].flatMap((byte, index) => {
      framer.push(Buffer.from([byte]));
      return framer.isBetweenCommands ? [index + 1] : [];
    });
    expect(places).toEqual([12, 20]);
    expect(new CommandFramer(keepAll).isBetweenCommands).toBe(true);
  });

  it("gives the same commands with the stream in any pieces", () => {
    const streamWithCuts = fc.array(anyCommand, { maxLength: 12 }).chain((commands) => {
      const stream = Buffer.concat(commands.map((one) => encodeCommand(one.command, one.payload)));
      return fc.record({ commands: fc.constant(commands), chunks: anySplit(stream) });
    });
    fc.assert(
      fc.property(streamWithCuts, ({ commands, chunks }) => {
        expect(framesOf(new CommandFramer(keepAll), chunks)).toEqual(commands);
      }),
    );
  });

  it("reads a stream that comes byte by byte", () => {
    const stream = Buffer.concat([
      encodeCommand(COMMAND.resume),
      encodeCommand(COMMAND.play, hex("80000000")),
    ]);
    const bytes = splitAt(stream, [...stream.keys()]);
    expect(framesOf(new CommandFramer(keepAll), bytes)).toEqual([
      { command: COMMAND.resume, payloadBytes: 0, payload: Buffer.alloc(0) },
      { command: COMMAND.play, payloadBytes: 4, payload: hex("80000000") },
    ]);
  });

  it("gives no command for a part of one", () => {
    const framer = new CommandFramer(keepAll);
    expect(framer.push(hex("0000"))).toEqual([]);
    expect(framer.push(hex("0044 00000000"))).toHaveLength(1);
  });

  it("keeps only the requested bytes of a payload", () => {
    const framer = new CommandFramer(() => 2);
    const command = encodeCommand(COMMAND.loadSavestate, hex("0102030405060708"));
    expect(framesOf(framer, splitAt(command, [9, 11]))).toEqual([
      { command: COMMAND.loadSavestate, payloadBytes: 8, payload: hex("0102") },
    ]);
  });

  it("skips commands that are not requested", () => {
    const framer = new CommandFramer((head) => (head.command === COMMAND.play ? 4 : undefined));
    const stream = [
      encodeCommand(COMMAND.crc, Buffer.alloc(8)),
      encodeCommand(COMMAND.play, Buffer.alloc(4)),
    ];
    expect(framer.push(Buffer.concat(stream)).map((frame) => frame.command)).toEqual([COMMAND.play]);
  });

  it("reads a claim of four gigabytes without storing them", () => {
    const framer = new CommandFramer(() => 8);
    framer.push(hex("00000042 ffffffff"));
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(65_536);
    for (let count = 0; count < 4096; count++) {
      expect(framer.push(chunk)).toEqual([]);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it("never throws on random bytes in random pieces", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 100 }), { maxLength: 20 }), (chunks) => {
        const framer = new CommandFramer(() => 184);
        chunks.forEach((chunk) => framer.push(chunk));
      }),
    );
  });
});

describe("a command", () => {
  it("is named in log lines", () => {
    expect(commandName(COMMAND.loadSavestate)).toBe("loadSavestate");
    expect(commandName(0x77)).toBe("0x0077");
  });
});
