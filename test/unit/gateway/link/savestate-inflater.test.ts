import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SavestateInflater } from "../../../../src/gateway/link/savestate-inflater.ts";
import { COMMAND, encodeCommand, encodeSavestate } from "../../../../src/netplay/index.ts";
import { anyBytes, splitAt } from "../../../helpers/netplay-bytes.ts";
import { eventually } from "../../../helpers/eventually.ts";

const MAX_BYTES = 1_000_000;

interface Delivered {
  readonly inflater: SavestateInflater;
  readonly parts: Buffer[];
  bad: number;
  mayInflate: boolean;
  inflatedBytes: number;
}

function createInflating(): Delivered {
  const parts: Buffer[] = [];
  const delivered: Delivered = {
    parts,
    bad: 0,
    mayInflate: true,
    inflatedBytes: 0,
    inflater: new SavestateInflater({
      maxBytes: MAX_BYTES,
      write: (bytes) => parts.push(bytes),
      inflated: (bytes) => {
        delivered.inflatedBytes += bytes;
      },
      mayInflate: () => delivered.mayInflate,
      onBadSavestate: () => {
        delivered.bad++;
      },
    }),
  };
  return delivered;
}

function savestate(data: Buffer, announcedBytes = data.length): Buffer {
  const head = { frame: 7, uncompressedBytes: announcedBytes };
  return encodeCommand(COMMAND.loadSavestate, encodeSavestate(head, deflateSync(data)));
}

function inflated(data: Buffer): Buffer {
  return encodeCommand(
    COMMAND.loadSavestate,
    encodeSavestate({ frame: 7, uncompressedBytes: data.length }, data),
  );
}

describe("Inflating", () => {
  it("inflates savestates, passes the rest, and keeps the order, with the stream in any pieces", async () => {
    const anyPiece = fc.oneof(
      anyBytes({ maxLength: 60 }).map((payload) => {
        const bytes = encodeCommand(COMMAND.crc, payload);
        return { sent: bytes, received: bytes };
      }),
      anyBytes({ minLength: 1, maxLength: 5000 }).map((data) => ({
        sent: savestate(data),
        received: inflated(data),
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyPiece, { maxLength: 12 }), fc.nat(500), async (pieces, step) => {
        const stream = Buffer.concat(pieces.map(({ sent }) => sent));
        const cuts = Array.from(
          { length: Math.floor(stream.length / (step + 1)) },
          (_, index) => index * (step + 1),
        );
        const { inflater, parts } = createInflating();
        splitAt(stream, cuts).forEach((chunk) => {
          inflater.push(chunk);
        });
        const expected = Buffer.concat(pieces.map(({ received }) => received));
        await eventually("everything to be delivered", () => Buffer.concat(parts).length >= expected.length);
        expect(Buffer.concat(parts)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("passes frames on at once as long as no state is being inflated", () => {
    const { inflater, parts } = createInflating();
    const frame = encodeCommand(COMMAND.noInput, Buffer.alloc(4));
    inflater.push(frame);
    expect(parts).toEqual([frame]);
  });

  it.each([
    ["no zlib stream", encodeCommand(COMMAND.loadSavestate, Buffer.alloc(100, 7))],
    ["longer than announced", savestate(Buffer.alloc(1000), 999)],
    ["shorter than announced", savestate(Buffer.alloc(1000), 1001)],
    ["a bomb", savestate(Buffer.alloc(50_000_000), 10)],
    ["announced too large", savestate(Buffer.alloc(10), MAX_BYTES + 1)],
    ["without its head", encodeCommand(COMMAND.loadSavestate, Buffer.alloc(7))],
    ["nothing, announced as something", encodeCommand(COMMAND.loadSavestate, Buffer.alloc(8))],
  ])("gives up once, and writes nothing behind it, when a state is %s", async (_, bytes) => {
    const delivered = createInflating();
    delivered.inflater.push(Buffer.concat([bytes, encodeCommand(COMMAND.noInput, Buffer.alloc(4))]));
    await eventually("it to give up", () => delivered.bad === 1);
    delivered.inflater.push(encodeCommand(COMMAND.noInput, Buffer.alloc(4)));
    expect(Buffer.concat(delivered.parts).length).toBeLessThan(bytes.length + MAX_BYTES);
    expect(delivered.parts.some((part) => part.readUInt32BE() === COMMAND.noInput)).toBe(false);
    expect(delivered.bad).toBe(1);
  });

  it("inflates no faster than the client takes it, and nothing after it is closed", async () => {
    const delivered = createInflating();
    const state = Buffer.alloc(MAX_BYTES, "state");
    delivered.mayInflate = false;
    delivered.inflater.push(savestate(state));
    await eventually("the first piece", () => delivered.inflatedBytes > 0);
    await new Promise((resolve) => setImmediate(resolve));
    const { inflatedBytes } = delivered;
    expect(inflatedBytes).toBeLessThanOrEqual(256 * 1024);
    delivered.mayInflate = true;
    delivered.inflater.goOn();
    await eventually("more of it", () => delivered.inflatedBytes > inflatedBytes);
    delivered.inflater.close();
    const { length } = delivered.parts;
    expect(delivered.inflater.heldBytes).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(delivered.parts).toHaveLength(length);
  });

  it("works on a small part in one turn of the event loop, however much has come behind a state", async () => {
    const delivered = createInflating();
    const { inflater, parts } = delivered;
    const small = Buffer.concat(
      Array.from({ length: 100_000 }, () => encodeCommand(COMMAND.crc, Buffer.alloc(8))),
    );
    const bytes = savestate(Buffer.alloc(1000));
    inflater.push(Buffer.concat([bytes, small]));
    await eventually("the state", () => parts.length > 2);
    const [, , ...passed] = parts.splice(0);
    expect(passed).toHaveLength(1);
    inflater.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(parts).toEqual([]);
  });

  it("gives up at the head of a command that is too large for it", () => {
    const delivered = createInflating();
    delivered.inflater.push(Buffer.from("00000042ffffffff", "hex"));
    expect(delivered.bad).toBe(1);
  });
});
