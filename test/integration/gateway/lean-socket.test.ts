import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { canBeLean, leanSocket, passesTrial } from "../../../src/gateway/net/lean-socket.ts";
import { eventually } from "../../helpers/eventually.ts";

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

/** An accepted connection, and the socket that reads it. */
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
  it("takes an accepted connection over from the listener", async () => {
    const { accepted, lean } = await accept();
    expect(lean).not.toBe(accepted);
    expect(accepted.destroyed).toBe(true);
    expect(lean.remoteAddress).toBe("127.0.0.1");
  });

  it("keeps bytes that came earlier while others read into the same buffer", async () => {
    const one = await accept();
    const other = await accept();
    one.peer.write("first");
    await eventually("the first words", () => one.chunks.length === 1);
    other.peer.write("other");
    await eventually("the other's words", () => other.chunks.length === 1);
    one.peer.write("again");
    await eventually("the second words", () => lengthOf(one) === 10);
    expect([text(one), text(other)]).toEqual(["firstagain", "other"]);
  });

  it("delivers megabytes in order", async () => {
    const connection = await accept();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31) >> 8));
    connection.peer.write(sent);
    await eventually("all of it", () => lengthOf(connection) === sent.length);
    expect(Buffer.concat(connection.chunks).equals(sent)).toBe(true);
  });

  it("keeps megabytes apart from bytes that others read meanwhile and afterwards", async () => {
    const one = await accept();
    const other = await accept();
    const sent = Buffer.alloc(2_000_000, "m");
    for (let round = 1; round <= 3; round++) {
      one.peer.write(sent);
      other.peer.write("other");
      await eventually("the megabytes", () => lengthOf(one) === round * (sent.length + 5) - 5);
      one.peer.write("short");
      await eventually("the short words behind them", () => lengthOf(one) === round * (sent.length + 5));
    }
    await eventually("the other's words", () => lengthOf(other) === 15);
    expect(text(one)).toBe(`${"m".repeat(sent.length)}short`.repeat(3));
    expect(text(other)).toBe("otherotherother");
  });

  it("reads nothing while it is paused, and the rest afterwards", async () => {
    const connection = await accept();
    const { peer, lean } = connection;
    lean.pause();
    peer.write(Buffer.alloc(MUCH));
    await eventually("the system's buffers to fill", () => peer.bytesWritten > 0 && peer.writableLength > 0);
    const before = lengthOf(connection);
    await new Promise(setImmediate);
    expect(lengthOf(connection)).toBe(before);
    lean.resume();
    await eventually("the rest", () => lengthOf(connection) === MUCH);
  });

  it("reports the end, also right after the last bytes, and can still answer before it closes", async () => {
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

  it("is the connection itself where there is no handle", () => {
    const without = new Socket();
    expect(leanSocket(without)).toBe(without);
  });
});

describe("the trial of a lean socket", () => {
  it("is passed by the Node that runs this", async () => {
    expect(await canBeLean()).toBe(true);
  });

  const broken: Record<string, (accepted: Socket) => Socket> = {
    "stays with the listener": (accepted) => accepted,
    "cannot be taken over": () => {
      throw new TypeError("handle.useUserBuffer is not a function");
    },
    "is left to the listener as well": (accepted) => {
      const { _handle: handle } = accepted as unknown as { _handle: object };
      return new Socket({ handle } as object);
    },
    "is a new one, without a connection": (accepted) => {
      accepted.destroy();
      return new Socket();
    },
    "says nothing": (accepted) => {
      const lean = leanSocket(accepted);
      lean.on = () => lean;
      return lean;
    },
    "brings what came later in the place of what came earlier": (accepted) => {
      const lean = leanSocket(accepted);
      const one = Buffer.alloc(1024 * 1024);
      const on = lean.on.bind(lean);
      lean.on = (event: string, listener: (...args: never[]) => void) =>
        on(event, (chunk?: Buffer) => {
          chunk?.copy(one);
          listener(...([one.subarray(0, chunk?.length)] as never[]));
        });
      return lean;
    },
  };

  it.each(Object.entries(broken))("is failed by a connection that %s", async (_, takeOver) => {
    expect(await passesTrial(takeOver)).toBe(false);
  });
});
