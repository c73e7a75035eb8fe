import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { listen } from "../../../src/gateway/net/listener.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { eventually } from "../../helpers/eventually.ts";

describe("a listener that is closed", () => {
  it("waits for its last connection, also when that one breaks", async () => {
    const sockets: Socket[] = [];
    const listener = await listen("127.0.0.1", 0, createSilentLogger(), (socket) => {
      socket.on("error", () => undefined);
      sockets.push(socket);
    });
    if (!listener.ok) {
      throw new Error(listener.reason);
    }
    const peer = connect(listener.value.port, "127.0.0.1");
    peer.on("error", () => undefined);
    await eventually("the connection", () => sockets.length === 1);
    let isClosed = false;
    const closing = listener.value.close().then(() => {
      isClosed = true;
    });
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    sockets[0]?.destroy(new Error("it broke"));
    await closing;
    peer.destroy();
  });
});

describe("a listener on a Node whose sockets have another shape", () => {
  it("passes on Node's own connections, and they are read", async () => {
    const heard: Buffer[] = [];
    const onConnection = (socket: Socket): void => {
      socket.on("data", (chunk: Buffer) => heard.push(chunk));
      socket.end("from here");
    };
    const otherShape = (): Promise<boolean> => Promise.resolve(false);
    const listener = await listen("127.0.0.1", 0, createSilentLogger(), onConnection, otherShape);
    if (!listener.ok) {
      throw new Error(listener.reason);
    }
    const peer = connect(listener.value.port, "127.0.0.1");
    peer.end("from there");
    expect(Buffer.concat((await peer.toArray()) as Buffer[]).toString()).toBe("from here");
    await listener.value.close();
    expect(Buffer.concat(heard).toString()).toBe("from there");
  });
});
