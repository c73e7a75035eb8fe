import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { leanSocket } from "../../../src/door/lean-socket.ts";
import { waitUntil } from "../../helpers/netplay-wait.ts";

/** More than the system buffers for a connection. */
const MUCH = 16 * 1024 * 1024;

let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await new Promise((resolve) => server?.close(resolve));
});

interface Connection {
  readonly peer: Socket;
  readonly accepted: Socket;
  readonly lean: Socket;
  readonly chunks: Buffer[];
}

/** A connection that somebody has accepted, and what it is read as. */
async function accept(): Promise<Connection> {
  server ??= createServer({ pauseOnConnect: true });
  if (!server.listening) {
    await once(server.listen(0, "127.0.0.1"), "listening");
  }
  const arrives = once(server, "connection") as Promise<[Socket]>;
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = await arrives;
  const lean = leanSocket(accepted);
  sockets.push(peer, lean);
  const chunks: Buffer[] = [];
  lean.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { peer, accepted, lean, chunks };
}

function lengthOf({ chunks }: Connection): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function text({ chunks }: Connection): string {
  return Buffer.concat(chunks).toString("latin1");
}

describe("a lean socket", () => {
  it("takes an accepted connection over, and the listener is rid of it", async () => {
    const { accepted, lean } = await accept();
    expect(lean).not.toBe(accepted);
    expect(accepted.destroyed).toBe(true);
    expect(lean.remoteAddress).toBe("127.0.0.1");
  });

  it("keeps what came earlier while others read into the same buffer", async () => {
    const one = await accept();
    const other = await accept();
    one.peer.write("first");
    await waitUntil(() => one.chunks.length === 1, "the first words");
    other.peer.write("other");
    await waitUntil(() => other.chunks.length === 1, "the other's words");
    one.peer.write("again");
    await waitUntil(() => lengthOf(one) === 10, "the second words");
    expect([text(one), text(other)]).toEqual(["firstagain", "other"]);
  });

  it("brings megabytes in order", async () => {
    const connection = await accept();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31) >> 8));
    connection.peer.write(sent);
    await waitUntil(() => lengthOf(connection) === sent.length, "all of it");
    expect(Buffer.concat(connection.chunks).equals(sent)).toBe(true);
  });

  it("keeps megabytes apart from what others read meanwhile and afterwards", async () => {
    const one = await accept();
    const other = await accept();
    const sent = Buffer.alloc(2_000_000, "m");
    for (let round = 1; round <= 3; round++) {
      one.peer.write(sent);
      other.peer.write("other");
      await waitUntil(() => lengthOf(one) === round * (sent.length + 5) - 5, "the megabytes");
      one.peer.write("short");
      await waitUntil(() => lengthOf(one) === round * (sent.length + 5), "the short words behind them");
    }
    await waitUntil(() => lengthOf(other) === 15, "the other's words");
    expect(text(one)).toBe(`${"m".repeat(sent.length)}short`.repeat(3));
    expect(text(other)).toBe("otherotherother");
  });

  it("reads nothing while it is paused, and the rest afterwards", async () => {
    const connection = await accept();
    const { peer, lean } = connection;
    lean.pause();
    peer.write(Buffer.alloc(MUCH));
    await waitUntil(() => peer.bytesWritten > 0 && peer.writableLength > 0, "the system's buffers to fill");
    const before = lengthOf(connection);
    await new Promise(setImmediate);
    expect(lengthOf(connection)).toBe(before);
    lean.resume();
    await waitUntil(() => lengthOf(connection) === MUCH, "the rest");
  });

  it("tells the end, also behind the last words, and answers before it closes", async () => {
    const connection = await accept();
    const { peer, lean } = connection;
    const closed = once(lean, "close");
    const heard = once(peer, "data");
    lean.write("bye");
    await heard;
    peer.end("last");
    await closed;
    expect(text(connection)).toBe("last");
  });

  it("is the connection itself where there is no handle to take", () => {
    const without = new Socket();
    expect(leanSocket(without)).toBe(without);
  });
});
