import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { listen } from "../../../src/door/listener.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { waitUntil } from "../../helpers/netplay-wait.ts";

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
    await waitUntil(() => sockets.length === 1, "the connection");
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
