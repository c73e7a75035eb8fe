import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { setImmediate } from "node:timers/promises";
import { randomBytes, randomInt } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSilentLogger } from "../../../src/logging/index.ts";
import {
  formatAddress,
  newSessionId,
  ok,
  OperatorError,
  systemClock,
  toCrc32,
  toPort,
} from "../../../src/shared/index.ts";
import {
  ControlServer,
  openControlSocket,
  requestGame,
  type ControlSocket,
} from "../../../src/udp-control/index.ts";
import { encodeRequest } from "../../../src/udp-control/client-codec.ts";
import { nextDatagram, openUdp } from "./loopback.ts";

const logger = createSilentLogger();
const DATAGRAM = encodeRequest({ core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(7) });

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ family }) => family === "IPv6"),
);

const open: ControlSocket[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
});

/** A real control socket whose requests are answered with port 55500. */
async function listen(host = "127.0.0.1") {
  const requesters: string[] = [];
  const server = new ControlServer({
    clock: systemClock,
    logger,
    isAlive: () => true,
    isUnderPressure: () => false,
    hostGame: (_, from) => {
      requesters.push(formatAddress(from.address, from.port));
      return Promise.resolve(ok({ port: toPort(55500), sessionId: newSessionId(), lookupMs: 1, startMs: 1 }));
    },
  });
  let count = 0;
  const receive: typeof server.receive = (...datagram) => {
    count++;
    server.receive(...datagram);
  };
  const socket = await openControlSocket({ host, port: 0, server: { receive }, logger });
  open.push(socket);
  return { port: socket.port, requesters, received: () => count };
}

describe("the control socket", () => {
  it("answers from the port that was asked", async () => {
    const { port } = await listen();
    await using client = await openUdp();
    client.socket.send(DATAGRAM, port, "127.0.0.1");
    const [reply, sender] = (await once(client.socket, "message")) as [Buffer, { port: number }];
    expect(reply.toString("hex")).toBe("d8cc");
    expect(sender.port).toBe(port);
  });

  it.runIf(hasIpv6)("on :: takes IPv4 as well as IPv6", async () => {
    const { port, requesters } = await listen("::");
    await using client = await openUdp();
    client.socket.send(DATAGRAM, port, "127.0.0.1");
    expect((await nextDatagram(client.socket)).toString("hex")).toBe("d8cc");
    const client6 = createSocket("udp6");
    client6.send(DATAGRAM, port, "::1");
    expect((await nextDatagram(client6)).toString("hex")).toBe("d8cc");
    expect(requesters).toEqual([`127.0.0.1:${client.port}`, `[::1]:${client6.address().port}`]);
    client6.close();
  });

  it("says what to change when the port is in use, and can bind the port later", async () => {
    const taken = await openUdp();
    const attempt = () =>
      openControlSocket({ host: "127.0.0.1", port: taken.port, server: { receive: vi.fn() }, logger });
    await expect(attempt()).rejects.toThrow(OperatorError);
    await expect(attempt()).rejects.toThrow(/port \d+ on 127\.0\.0\.1 is in use.*control\.port/);
    await taken[Symbol.asyncDispose]();
    open.push(await attempt());
  });

  it.each(["192.0.2.1", "no-such-machine.invalid"])(
    "says what to change when %s is not ours",
    async (host) => {
      await expect(
        openControlSocket({ host, port: 0, server: { receive: vi.fn() }, logger }),
      ).rejects.toThrow(/is no address of this machine: change control\.host/);
    },
  );

  it("survives random datagrams by the ten thousand, hosts nothing for them and still answers", async () => {
    const { port, requesters, received } = await listen();
    await using junk = await openUdp();
    for (let sent = 0; sent < 20_000; sent++) {
      junk.socket.send(randomBytes(randomInt(0, 1200)), port, "127.0.0.1");
      if (sent % 20 === 0) {
        // The socket reads now; its buffer would overflow otherwise.
        await setImmediate();
      }
    }
    const request = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(7) };
    expect(await requestGame({ host: "127.0.0.1", port, request, clock: systemClock })).toEqual(ok(55500));
    expect(received()).toBeGreaterThan(19_000);
    expect(requesters).toHaveLength(1);
  });

  it("goes on when a reply cannot be delivered", async () => {
    const { port } = await listen();
    {
      await using vanishing = await openUdp();
      vanishing.socket.send(DATAGRAM, port, "127.0.0.1");
    }
    await using client = await openUdp();
    client.socket.send(DATAGRAM, port, "127.0.0.1");
    expect((await nextDatagram(client.socket)).toString("hex")).toBe("d8cc");
  });
});
