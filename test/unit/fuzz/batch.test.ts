import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { CommandFramer, COMMAND_HEAD_BYTES } from "../../../src/netplay/index.ts";
import { makeBatch } from "../../fuzz/batch.ts";
import {
  anyCommand,
  anyHabit,
  KNOWN_COMMANDS,
  type CommandOptions,
  type Sent,
} from "../../fuzz/client-commands.ts";
import type { StreamOptions } from "../../fuzz/client-streams.ts";
import { Random } from "../../fuzz/random.ts";
import type { Batch } from "../../fuzz/stream.ts";

const options: StreamOptions = {
  game: { core: "Nestopia", coreVersion: "1.52.0 ", crc: 0x1badcafe },
  except: new Set(),
};
const BATCHES = 40;

function batches(seed: number): Batch[] {
  return Array.from({ length: BATCHES }, (_, number) => makeBatch(seed, number, options));
}

function commandsOf(count: number, given: CommandOptions = options): Sent[] {
  const random = new Random(5);
  return random.list(count, () => anyCommand(random, anyHabit(random, given)));
}

describe("the batches of a seed", () => {
  it("are the same each time they are made, byte for byte", () => {
    expect(isDeepStrictEqual(batches(7), batches(7))).toBe(true);
  });

  it("do not depend on each other", () => {
    expect(isDeepStrictEqual(makeBatch(7, 30, options), batches(7)[30])).toBe(true);
  });

  it("differ from those of another seed, and among themselves", () => {
    expect(makeBatch(8, 0, options)).not.toEqual(makeBatch(7, 0, options));
    expect(makeBatch(7, 1, options)).not.toEqual(makeBatch(7, 0, options));
  });

  it("use every port and every protocol, and some own a room", () => {
    const streams = batches(1).flat();
    const clients = streams.flatMap((stream) => (stream.type === "client" ? stream : []));
    expect(new Set(clients.map(({ entryPoint }) => entryPoint.at))).toEqual(
      new Set(["session-port", "netplay-port", "session-id", "relayed-room"]),
    );
    const headers = clients.flatMap(({ opening: [first] }) =>
      first?.type === "write" && first.label === "header" ? Buffer.concat(first.chunks) : [],
    );
    expect(new Set(headers.map((header) => header.readUInt32BE(12)))).toEqual(new Set([0, 6, 7]));
    expect(new Set(streams.map(({ type }) => type))).toEqual(new Set(["owner", "client"]));
  });

  it("have every kind of step", () => {
    const steps = batches(1).flatMap((batch) =>
      batch.flatMap((stream) => (stream.type === "client" ? [...stream.opening, ...stream.steps] : [])),
    );
    expect(new Set(steps.map(({ type }) => type))).toEqual(
      new Set(["write", "input", "steady", "wait", "pause", "read", "end"]),
    );
  });

  it("send a relayed room's clients to an owner of the same batch", () => {
    for (const batch of batches(2)) {
      for (const stream of batch) {
        if (stream.type === "client" && stream.entryPoint.at === "relayed-room") {
          expect(batch[stream.entryPoint.owner]?.type).toBe("owner");
        }
      }
    }
  });
});

describe("the commands of a client", () => {
  it("have every id that RetroArch knows, and some that it does not", () => {
    const ids = new Set(commandsOf(5_000).map(({ bytes }) => bytes.readUInt32BE(0)));
    expect(KNOWN_COMMANDS.filter((id) => !ids.has(id))).toEqual([]);
    expect([...ids].some((id) => !KNOWN_COMMANDS.includes(id))).toBe(true);
  });

  it("announce every known command also with a wrong size, and mostly send that size", () => {
    const sizes = commandsOf(20_000).map(({ bytes }) => ({
      id: bytes.readUInt32BE(0),
      announced: bytes.readUInt32BE(4),
      sent: bytes.length - COMMAND_HEAD_BYTES,
    }));
    for (const id of KNOWN_COMMANDS) {
      expect(
        new Set(sizes.filter((one) => one.id === id).map(({ announced }) => announced)).size,
      ).toBeGreaterThan(3);
    }
    expect(sizes.filter(({ announced, sent }) => announced === sent).length).toBeGreaterThan(
      0.8 * sizes.length,
    );
  });

  it("carry other commands in their payload", () => {
    const carried = commandsOf(5_000)
      .map(({ bytes }) => bytes)
      .filter((bytes) => bytes.readUInt32BE(0) === 0 && bytes.length > 2 * COMMAND_HEAD_BYTES)
      .flatMap((bytes) => new CommandFramer(() => 0).push(bytes.subarray(COMMAND_HEAD_BYTES)))
      .map(({ command }) => command);
    expect(carried).toContain(0x44);
  });

  it("leave out what is excepted", () => {
    const labels = commandsOf(5_000, { except: new Set(["resume", "ack", "carrier"]) }).map(
      ({ label }) => label,
    );
    expect(labels.filter((label) => /\b(resume|ack)\b/.test(label))).toEqual([]);
  });
});
