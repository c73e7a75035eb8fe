import { execFile } from "node:child_process";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { fail, ok, systemClock, toCrc32, toPort, type Clock, type Port } from "../../../src/shared/index.ts";
import { requestGame, type RequestGameOptions } from "../../../src/udp-control/index.ts";
import { encodeRequest } from "../../../src/udp-control/client-codec.ts";
import { encodeReply, type HostReply } from "../../../src/udp-control/request-codec.ts";
import { readPythonExample } from "../../unit/udp-control/request-page.ts";
import { openUdp } from "./loopback.ts";

const REQUEST = { core: "Nestopia", coreVersion: "1", game: "Paddle Rally", base: "rally", crc: toCrc32(9) };

function ask(port: number, options: Partial<RequestGameOptions> = {}) {
  const quick = { firstPauseMs: 10, timeoutMs: 5000 };
  return requestGame({ host: "127.0.0.1", port, request: REQUEST, clock: systemClock, ...quick, ...options });
}

/** A server that ignores `dropped` datagrams and then answers all. */
async function openServer(reply: HostReply, dropped = 0) {
  const udp = await openUdp();
  const received: { bytes: string; from: string }[] = [];
  udp.socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
    received.push({ bytes: bytes.toString("hex"), from: `${from.address}:${from.port}` });
    if (received.length > dropped) {
      udp.socket.send(encodeReply(reply), from.port, from.address);
    }
  });
  return { ...udp, received };
}

const ipv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

const bothLoopbacks = () =>
  Promise.resolve([
    { address: "::1", family: 6 },
    { address: "127.0.0.1", family: 4 },
  ]);

describe("requestGame", () => {
  it("returns the port that the server answers", async () => {
    await using server = await openServer(toPort(55500));
    expect(await ask(server.port)).toEqual(ok(55500));
    expect(server.received.map(({ bytes }) => bytes)).toEqual([encodeRequest(REQUEST).toString("hex")]);
  });

  it("returns a refusal", async () => {
    await using server = await openServer(0);
    expect(await ask(server.port)).toEqual(fail("refused"));
  });

  it("repeats the same bytes from the same port when datagrams are lost", async () => {
    await using server = await openServer(toPort(55501), 3);
    expect(await ask(server.port)).toEqual(ok(55501));
    expect(server.received).toHaveLength(4);
    expect(new Set(server.received.map(({ bytes, from }) => `${from} ${bytes}`)).size).toBe(1);
  });

  it("gives up when there is no answer in time", async () => {
    await using server = await openServer(toPort(1), Infinity);
    expect(await ask(server.port, { timeoutMs: 100 })).toEqual(fail("no-answer"));
    expect(server.received.length).toBeGreaterThan(1);
  });

  it("goes on while nothing listens there, and is answered once something does", async () => {
    const { port, [Symbol.asyncDispose]: close } = await openUdp();
    await close();
    expect(await ask(port, { timeoutMs: 100 })).toEqual(fail("no-answer"));
    const late = createSocket("udp4", (_, from) => {
      late.send(encodeReply(toPort(55506)), from.port, from.address);
    });
    let repeats = 0;
    const clock: Clock = {
      ...systemClock,
      after: (delayMs, callback) =>
        systemClock.after(delayMs, () => {
          repeats++;
          if (repeats === 3) {
            late.bind(port, "127.0.0.1");
          }
          callback();
        }),
    };
    expect(await ask(port, { clock })).toEqual(ok(55506));
    late.close();
  });

  it("ignores replies from other addresses", async () => {
    await using liar = await openUdp();
    await using server = await openUdp();
    server.socket.on("message", (_, from: RemoteInfo) => {
      liar.socket.send(encodeReply(toPort(666)), from.port, from.address, () => {
        server.socket.send(encodeReply(toPort(55502)), from.port, from.address);
      });
    });
    expect(await ask(server.port)).toEqual(ok(55502));
  });

  it("ignores replies of another length", async () => {
    await using server = await openUdp();
    server.socket.on("message", (_, from: RemoteInfo) => {
      server.socket.send(Buffer.from([1, 2, 3]), from.port, from.address);
      server.socket.send(encodeReply(toPort(55503)), from.port, from.address);
    });
    expect(await ask(server.port)).toEqual(ok(55503));
  });

  it("reports an unknown name", async () => {
    expect(await ask(1, { host: "no-such-machine.invalid" })).toEqual(fail("unknown-host"));
  });

  it.runIf(ipv6)("asks a name that has both kinds of addresses over IPv4 first", async () => {
    await using server = await openServer(toPort(55504));
    const asked = vi.fn();
    const other = createSocket({ type: "udp6", ipv6Only: true }, asked);
    other.bind(server.port, "::1");
    await once(other, "listening");
    expect(await ask(server.port, { host: "both.example", resolve: bothLoopbacks })).toEqual(ok(55504));
    expect(asked).not.toHaveBeenCalled();
    other.close();
  });

  it.runIf(ipv6)("asks a name's next address when nothing listens at the first", async () => {
    const server = createSocket({ type: "udp6", ipv6Only: true }, (_, from) => {
      server.send(encodeReply(toPort(55507)), from.port, from.address);
    });
    server.bind(0, "::1");
    await once(server, "listening");
    const { port } = server.address();
    expect(await ask(port, { host: "both.example", resolve: bothLoopbacks })).toEqual(ok(55507));
    server.close();
  });
});

const run = promisify(execFile);
const python = await run("python3", ["-c", "pass"]).then(
  () => true,
  () => false,
);

describe.runIf(python)("the Python example of docs/request.md", () => {
  const request = (port: Port | number): Promise<string> =>
    run("python3", ["-c", readPythonExample(), "127.0.0.1", String(port), "Nestopia", "1BADCAFE"], {
      timeout: 20_000,
    }).then(({ stdout }) => stdout.trim());

  it("has no more than 25 lines", () => {
    expect(readPythonExample().trimEnd().split("\n").length).toBeLessThanOrEqual(25);
  });

  it("prints the port, also when the first datagram is lost", async () => {
    await using server = await openServer(toPort(55505), 1);
    expect(await request(server.port)).toBe("55505");
    const crc = toCrc32(0x1badcafe);
    const bytes = encodeRequest({ core: "Nestopia", coreVersion: "", game: "", base: "", crc });
    expect(server.received.map((datagram) => datagram.bytes)).toEqual([
      bytes.toString("hex"),
      bytes.toString("hex"),
    ]);
  });

  it("prints 0 when refused", async () => {
    await using server = await openServer(0);
    expect(await request(server.port)).toBe("0");
  });
});
