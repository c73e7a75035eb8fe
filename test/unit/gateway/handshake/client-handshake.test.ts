import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClientHandshake, type HandshakeStep } from "../../../../src/gateway/handshake/client-handshake.ts";
import { encodeClientHeader, encodeNickCommand } from "../../../../src/netplay/index.ts";
import { anyBytes, anyFieldText, anySplit } from "../../../helpers/netplay-bytes.ts";

const HEADER = {
  platform: 0x00040008,
  compression: 1,
  highestProtocol: 6,
  lowestProtocol: 5,
  implementation: 0x469,
};

/** The steps without those that only wait, and all bytes after the nickname. */
function run(chunks: readonly Buffer[]): { steps: HandshakeStep[]; rest: Buffer } {
  const handshake = new ClientHandshake();
  const steps: HandshakeStep[] = [];
  for (const [index, chunk] of chunks.entries()) {
    handshake.push(chunk);
    for (let step = handshake.next(); step.type !== "need-more"; step = handshake.next()) {
      steps.push(step);
      if (step.type === "nick") {
        return { steps, rest: Buffer.concat([step.rest, ...chunks.slice(index + 1)]) };
      }
      if (step.type !== "header") {
        return { steps, rest: Buffer.alloc(0) };
      }
    }
  }
  return { steps, rest: Buffer.alloc(0) };
}

describe("ClientHandshake", () => {
  it("reads header, nickname and the rest, with the stream in any pieces", () => {
    const cases = fc
      .record({ nick: anyFieldText, rest: anyBytes({ maxLength: 50 }) })
      .chain(({ nick, rest }) =>
        fc.record({
          nick: fc.constant(nick),
          rest: fc.constant(rest),
          chunks: anySplit(Buffer.concat([encodeClientHeader(HEADER), encodeNickCommand(nick), rest])),
        }),
      );
    fc.assert(
      fc.property(cases, ({ nick, rest, chunks }) => {
        const outcome = run(chunks);
        expect(outcome.steps.map(({ type }) => type)).toEqual(["header", "nick"]);
        expect(outcome.steps).toMatchObject([{ header: HEADER }, { nick }]);
        expect(outcome.rest).toEqual(rest);
      }),
    );
  });

  it("knows a poke after four bytes, and garbage too", () => {
    expect(run([Buffer.from("PO"), Buffer.from("KE")]).steps).toEqual([{ type: "poke" }]);
    expect(run([Buffer.from("GET ")]).steps).toEqual([{ type: "not-netplay" }]);
  });

  it("refuses another command in the nickname's place", () => {
    const info = Buffer.from("0000002200000044", "hex");
    expect(run([encodeClientHeader(HEADER), info]).steps.map(({ type }) => type)).toEqual([
      "header",
      "not-nick",
    ]);
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.array(anyBytes({ maxLength: 60 }), { maxLength: 10 }), (chunks) => void run(chunks)),
    );
  });
});
