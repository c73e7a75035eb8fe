import { afterEach, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand } from "../../../src/netplay/index.ts";
import type { NetplayClient } from "../../helpers/netplay-client.ts";
import { TestNetplayPort, type TestNetplayPortOptions } from "../../helpers/netplay-port.ts";
import { eventually } from "../../helpers/eventually.ts";

const ports: TestNetplayPort[] = [];

async function openNetplayPort(options?: TestNetplayPortOptions): Promise<TestNetplayPort> {
  const port = await TestNetplayPort.open(options);
  ports.push(port);
  return port;
}

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

const KIB = 1024;
const MIB = 1024 * KIB;

/** A client in a relayed room that stops reading, and the number of bytes that its host could send. */
async function mute(
  test: TestNetplayPort,
  nick: string,
): Promise<{ client: NetplayClient; sent: () => number; send: (bytes: number) => void }> {
  const { id, host } = await test.relayedHost({ manualFrames: true });
  const client = await test.join({ nick, spectate: true }, id);
  client.socket.removeAllListeners("data").pause();
  const { socket } = await host.linkOf(nick);
  return {
    client,
    sent: () => (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0),
    send: (bytes) => {
      const part = encodeCommand(COMMAND.loadSavestate, Buffer.alloc(MIB));
      for (let sent = 0; sent < bytes; sent += MIB) {
        socket?.write(part);
      }
    },
  };
}

describe("the host of a relayed room whose client does not read", () => {
  it("is held back, and goes on when the client reads", async () => {
    const test = await openNetplayPort({ limits: { unsentOfRemoteHostBytes: MIB } });
    const { client, sent, send } = await mute(test, "slow");
    send(160 * MIB);
    await eventually("some of it to be taken", () => sent() > MIB);
    const from = performance.now();
    await eventually("it to be held back", () => performance.now() > from + 500);
    // The system's own buffers count for both connections.
    expect(sent()).toBeLessThan(120 * MIB);
    client.socket.resume();
    await eventually("all of it to be taken", () => sent() > 160 * MIB);
    await eventually("all of it to arrive", () => client.socket.bytesRead > 160 * MIB);
  });

  it("loses a client that still does not read", async () => {
    const test = await openNetplayPort({ limits: { unsentOfRemoteHostBytes: MIB, notReadingMs: 500 } });
    const { send } = await mute(test, "slow");
    send(160 * MIB);
    await test.logs("client left", { nick: "slow", reason: "not-reading" });
  });
});

describe("the memory of all rooms together", () => {
  it("stays for clients that read: only the slowest reader is dropped", async () => {
    const test = await openNetplayPort({ limits: { memoryBytes: 16 * MIB }, maxClients: 4 });
    const { id, host } = await test.openSession({ manualFrames: true, state: Buffer.alloc(16) });
    const names = ["reads", "mute"];
    const [reads, silent] = await Promise.all(names.map((nick) => test.join({ nick, spectate: true }, id)));
    silent?.socket.pause();
    const large = encodeCommand(0x7fff, Buffer.alloc(MIB));
    for (let count = 0; count < 40 && silent?.end === undefined; count++) {
      for (const nick of names) {
        const link = host.links.find((each) => each.nick === nick);
        await new Promise((resolve) => link?.socket?.write(large, resolve) ?? setImmediate(resolve));
      }
    }
    await test.logs("client left", { nick: "mute", reason: "not-reading" });
    host.tick();
    await eventually("a frame for the other", () => (reads?.framesSeen ?? 0) > 0);
    expect(reads?.end).toBeUndefined();
  });
});
