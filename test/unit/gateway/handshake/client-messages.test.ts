import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNick, decodeOpening } from "../../../../src/gateway/handshake/client-messages.ts";
import { MessageReader } from "../../../../src/gateway/net/message-reader.ts";
import { encodeClientHeader, encodeNickCommand } from "../../../../src/netplay/index.ts";
import { ScriptedConnection } from "../../../helpers/netplay-connection.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";
import { anyBytes, anyFieldText, anySplit } from "../../../helpers/netplay-bytes.ts";

const HEADER = {
  platform: 0x00040008,
  compression: 1,
  highestProtocol: 6,
  lowestProtocol: 5,
  implementation: 0x469,
};

/** What a reader makes of these chunks: header, nickname or POKE; why it stopped before; and what it has not read. */
async function run(
  chunks: readonly Buffer[],
): Promise<{ steps: unknown[]; end: string | undefined; rest: Buffer }> {
  const peer = new ScriptedConnection();
  const reader = new MessageReader(peer.connection, new StandingClock());
  const outcome = readBoth(reader);
  for (const chunk of chunks) {
    peer.say(chunk);
    await Promise.resolve();
  }
  peer.close();
  return { ...(await outcome), rest: reader.release() };
}

async function readBoth(reader: MessageReader): Promise<{ steps: unknown[]; end: string | undefined }> {
  const opening = await reader.read(decodeOpening);
  if (!opening.ok || opening.value.type === "poke") {
    return opening.ok ? { steps: [opening.value], end: undefined } : { steps: [], end: opening.reason };
  }
  const nick = await reader.read(decodeNick);
  return nick.ok
    ? { steps: [opening.value, nick.value], end: undefined }
    : { steps: [opening.value], end: nick.reason };
}

describe("a client's handshake", () => {
  it("reads header, nickname and what follows, however the stream is cut", async () => {
    const cases = fc
      .record({ nick: anyFieldText, rest: anyBytes({ maxLength: 50 }) })
      .chain(({ nick, rest }) =>
        fc.record({
          nick: fc.constant(nick),
          rest: fc.constant(rest),
          chunks: anySplit(Buffer.concat([encodeClientHeader(HEADER), encodeNickCommand(nick), rest])),
        }),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ({ nick, rest, chunks }) => {
        const outcome = await run(chunks);
        expect(outcome.steps).toEqual([{ type: "join", header: HEADER }, nick]);
        expect(outcome.rest).toEqual(rest);
      }),
    );
  });

  it("knows a poke after four bytes, and garbage too", async () => {
    expect((await run([Buffer.from("PO"), Buffer.from("KE")])).steps).toEqual([{ type: "poke" }]);
    expect(await run([Buffer.from("GET ")])).toMatchObject({ steps: [], end: "unexpected-command" });
  });

  it("refuses another command in the nickname's place", async () => {
    const info = Buffer.from("0000002200000044", "hex");
    expect(await run([encodeClientHeader(HEADER), info])).toMatchObject({
      steps: [{ type: "join" }],
      end: "bad-nick",
    });
  });

  it("never throws on random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBytes({ maxLength: 60 }), { maxLength: 10 }), async (chunks) => {
        await run(chunks);
      }),
    );
  });
});
