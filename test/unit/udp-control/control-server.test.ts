import type { GameQuery } from "../../../src/game.ts";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import {
  fail,
  formatAddress,
  newSessionId,
  ok,
  toCrc32,
  toPort,
  type Result,
  type SessionId,
} from "../../../src/shared/index.ts";
import type { HostedSession, HostRefusal, Requester } from "../../../src/host-game.ts";
import type { ControlLimits } from "../../../src/udp-control/control-limits.ts";
import { ControlServer } from "../../../src/udp-control/control-server.ts";
import { encodeRequest } from "../../../src/udp-control/client-codec.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

const REQUEST = { core: "Nestopia", coreVersion: "", game: "Paddle Rally", base: "rally", crc: toCrc32(1) };
const DATAGRAM = encodeRequest(REQUEST);
const ALICE: Requester = { address: "192.0.2.1", port: 5000 };

type Outcome = Result<HostedSession, HostRefusal>;

interface Call {
  readonly request: GameQuery;
  readonly requester: string;
  finish(outcome: Outcome): void;
  crash(error: Error): void;
}

/** A control server whose use case waits for the test, with its answers and log lines. */
function createHandler(limits: Partial<ControlLimits> = {}) {
  const clock = createManualClock();
  const calls: Call[] = [];
  const dead = new Set<SessionId>();
  const pressure = { isOn: false };
  const answers: { to: string; port: number }[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  const server = new ControlServer({
    clock,
    logger: pino({ base: null, timestamp: false }, { write }),
    limits,
    isAlive: (id) => !dead.has(id),
    isUnderPressure: () => pressure.isOn,
    hostGame: (request, source) =>
      new Promise((finish, crash) => {
        calls.push({ request, requester: formatAddress(source.address, source.port), finish, crash });
      }),
  });
  const send = (from: Requester = ALICE, bytes: Uint8Array = DATAGRAM): void => {
    server.receive(bytes, from, (reply) => {
      answers.push({ to: `${from.address} ${from.port}`, port: Buffer.from(reply).readUInt16BE() });
      expect(reply.length).toBe(2);
      return Promise.resolve();
    });
  };
  const call = (index: number): Call => {
    const found = calls[index];
    if (found === undefined) {
      throw new Error(`the use case was called ${calls.length} times`);
    }
    return found;
  };
  return { server, clock, pressure, calls, call, dead, answers, lines, send };
}

/** Lets all settled promises run on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function hosted(port = 55500): HostedSession {
  return { port: toPort(port), sessionId: newSessionId(), lookupMs: 1, startMs: 200 };
}

const from = (index: number): Requester => ({ address: `198.51.100.${index % 250}`, port: 1000 + index });

describe("a request", () => {
  it("is answered with the port of its session", async () => {
    const handler = createHandler();
    handler.send();
    expect(handler.call(0)).toMatchObject({ request: REQUEST, requester: "192.0.2.1:5000" });
    expect(handler.answers).toEqual([]);
    handler.call(0).finish(ok(hosted(55501)));
    await settled();
    expect(handler.answers).toEqual([{ to: "192.0.2.1 5000", port: 55501 }]);
    expect(handler.lines).toMatchObject([
      { port: 55501, requester: "192.0.2.1:5000", lookupMs: 1, startMs: 200 },
    ]);
  });

  it("that is refused is answered 0, with one line that says why", async () => {
    const handler = createHandler();
    handler.send();
    handler.call(0).finish(fail({ reason: "start-failed", lookupMs: 2, startMs: 10_000 }));
    await settled();
    expect(handler.answers).toEqual([{ to: "192.0.2.1 5000", port: 0 }]);
    expect(handler.lines).toEqual([
      {
        level: 30,
        reason: "start-failed",
        requester: "192.0.2.1:5000",
        core: "Nestopia",
        coreVersion: "",
        game: "Paddle Rally",
        crc: "00000001",
        lookupMs: 2,
        startMs: 10_000,
        msg: "request refused",
      },
    ]);
  });

  it("on which the use case throws is answered 0", async () => {
    const handler = createHandler();
    handler.send();
    handler.call(0).crash(new Error("disk on fire"));
    await settled();
    expect(handler.answers).toEqual([{ to: "192.0.2.1 5000", port: 0 }]);
    expect(handler.lines).toMatchObject([{ err: { message: "disk on fire" } }, { reason: "internal-error" }]);
  });

  it("from an IPv4 address at a dual-stack socket is logged with the plain address", () => {
    const handler = createHandler();
    handler.send({ address: "::ffff:192.0.2.1", port: 5000 });
    handler.send({ address: "2001:db8::1", port: 5000 });
    expect(handler.calls.map(({ requester }) => requester)).toEqual(["192.0.2.1:5000", "[2001:db8::1]:5000"]);
  });
});

describe("a repeated datagram", () => {
  it("joins the attempt in progress, and each copy is answered", async () => {
    const handler = createHandler();
    handler.send();
    handler.send();
    handler.send();
    expect(handler.calls).toHaveLength(1);
    handler.call(0).finish(ok(hosted(55502)));
    await settled();
    expect(handler.answers.map(({ port }) => port)).toEqual([55502, 55502, 55502]);
  });

  it("gets the port of the session that the first copy opened, as long as that lives", async () => {
    const handler = createHandler();
    const first = hosted(55503);
    handler.send();
    handler.call(0).finish(ok(first));
    await settled();
    handler.clock.advance(3_600_000);
    handler.send();
    expect(handler.calls).toHaveLength(1);
    expect(handler.answers.map(({ port }) => port)).toEqual([55503, 55503]);
    handler.dead.add(first.sessionId);
    handler.send();
    expect(handler.calls).toHaveLength(2);
  });

  it("is left unanswered when it was refused for a moment only, so that its repeat tries again", async () => {
    const handler = createHandler();
    handler.send();
    handler.call(0).finish(fail({ reason: "too-many-starts", isTemporary: true }));
    await settled();
    expect(handler.answers).toEqual([]);
    handler.send();
    handler.call(1).finish(ok(hosted(55502)));
    await settled();
    expect(handler.answers).toEqual([{ to: "192.0.2.1 5000", port: 55502 }]);
  });

  it("under pressure is worked on when it is repeated; a request that is not repeated starts no host", () => {
    const handler = createHandler();
    handler.pressure.isOn = true;
    for (let sender = 0; sender < 1_000; sender++) {
      handler.send(from(sender));
      handler.send(from(sender));
    }
    expect(handler.calls).toEqual([]);
    handler.send();
    handler.clock.advance(500);
    handler.send();
    expect(handler.calls.map(({ requester }) => requester)).toEqual(["192.0.2.1:5000"]);
    handler.clock.advance(20_000);
    handler.send(from(1));
    expect(handler.calls).toHaveLength(1);
    expect(handler.answers).toEqual([]);
  });

  it("is a new attempt once the first one was refused", async () => {
    const handler = createHandler();
    handler.send();
    handler.call(0).finish(fail({ reason: "max-sessions" }));
    await settled();
    handler.send();
    expect(handler.calls).toHaveLength(2);
  });

  it.each([
    ["another address", { address: "192.0.2.2", port: 5000 }, DATAGRAM],
    ["another port", { address: "192.0.2.1", port: 5001 }, DATAGRAM],
    ["other bytes", ALICE, encodeRequest({ ...REQUEST, crc: toCrc32(2) })],
  ])("is none from or with %s", (_, source, bytes) => {
    const handler = createHandler();
    handler.send();
    handler.send(source, bytes);
    expect(handler.calls).toHaveLength(2);
  });

  it("is remembered for a bounded number of requests, the dead ones forgotten first", async () => {
    const handler = createHandler({ remembered: 2 });
    const opened = [hosted(1), hosted(2), hosted(3)] as const;
    for (const [index, game] of opened.entries()) {
      handler.send(from(index));
      handler.call(index).finish(ok(game));
      await settled();
      if (index === 1) {
        handler.dead.add(game.sessionId);
      }
    }
    handler.send(from(0));
    handler.send(from(2));
    expect(handler.calls).toHaveLength(3);
    expect(handler.answers.slice(3).map(({ port }) => port)).toEqual([1, 3]);
    handler.send(from(3));
    handler.call(3).finish(ok(hosted(4)));
    await settled();
    handler.send(from(0));
    expect(handler.calls).toHaveLength(5);
  });
});

describe("a malformed datagram", () => {
  it("is answered 0 and reaches no use case", () => {
    const handler = createHandler();
    handler.send(ALICE, Buffer.concat([DATAGRAM, Buffer.alloc(1)]));
    expect(handler.calls).toHaveLength(0);
    expect(handler.answers).toEqual([{ to: "192.0.2.1 5000", port: 0 }]);
    expect(handler.lines).toMatchObject([{ reason: "trailing-bytes", requester: "192.0.2.1:5000" }]);
  });

  it("shorter than 8 bytes is never answered", () => {
    const handler = createHandler();
    for (let length = 0; length < 8; length++) {
      handler.send(ALICE, Buffer.alloc(length, 1));
    }
    expect(handler.answers).toEqual([]);
    handler.send(ALICE, Buffer.alloc(8));
    expect(handler.answers).toHaveLength(1);
  });

  it("that claims to come from port 0 is never answered", () => {
    const handler = createHandler();
    handler.send({ address: "192.0.2.1", port: 0 });
    expect(handler.calls).toHaveLength(0);
    expect(handler.answers).toEqual([]);
  });

  it("by the thousand is answered at a limited rate", () => {
    const handler = createHandler();
    for (let count = 0; count < 1000; count++) {
      handler.send(ALICE, Buffer.alloc(9, 255));
    }
    expect(handler.answers).toHaveLength(16);
    expect(handler.lines[0]).toMatchObject({ reason: "truncated" });
  });

  it("does not use up what requests of the same address need", () => {
    const handler = createHandler();
    for (let count = 0; count < 1000; count++) {
      handler.send(ALICE, Buffer.alloc(9, 255));
    }
    handler.send();
    expect(handler.calls).toHaveLength(1);
  });
});

describe("the rate limit", () => {
  it("lets sixteen launchers behind one address start at once and repeat every second", () => {
    const handler = createHandler();
    const launchers = Array.from({ length: 16 }, (_, index) => ({
      address: ALICE.address,
      port: 2000 + index,
    }));
    for (let second = 0; second < 60; second++) {
      for (const launcher of launchers) {
        handler.send(launcher);
      }
      handler.clock.advance(1000);
    }
    expect(handler.calls).toHaveLength(16);
    expect(handler.lines).toEqual([]);
  });

  it("drops requests beyond it without an answer, and allows more with time", () => {
    const handler = createHandler({ requests: { perSecond: 2, burst: 3 }, attempts: 1000 });
    const sendTen = (): void => {
      for (let count = 0; count < 10; count++) {
        handler.send({ ...ALICE, port: 6000 + handler.calls.length });
      }
    };
    sendTen();
    expect(handler.calls).toHaveLength(3);
    handler.clock.advance(1000);
    sendTen();
    expect(handler.calls).toHaveLength(5);
    expect(handler.answers).toEqual([]);
  });

  it("is one for each address", () => {
    const handler = createHandler({ requests: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 20; index++) {
      handler.send({ address: `192.0.2.${index}`, port: 1 });
    }
    expect(handler.calls).toHaveLength(20);
  });

  it("is one for all addresses of an IPv6 /64", () => {
    const handler = createHandler({ requests: { perSecond: 1, burst: 1 } });
    for (const address of [
      "2001:db8:0:1::1",
      "2001:db8:0:1:ffff::",
      "2001:db8:0:1:2:3:4:5",
      "2001:db8::1:0:0:1:1",
    ]) {
      handler.send({ address, port: 1 });
    }
    expect(handler.calls).toHaveLength(1);
    handler.send({ address: "2001:db8:0:2::1", port: 1 });
    handler.send({ address: "::1", port: 1 });
    expect(handler.calls).toHaveLength(3);
  });
});

describe("attempts in progress", () => {
  it("beyond the cap are refused; a copy of one that runs still joins", async () => {
    const handler = createHandler({ attempts: 2 });
    handler.send(from(0));
    handler.send(from(1));
    handler.send(from(2));
    handler.send(from(0));
    expect(handler.calls).toHaveLength(2);
    expect(handler.answers).toEqual([{ to: "198.51.100.2 1002", port: 0 }]);
    expect(handler.lines).toMatchObject([{ reason: "too-many-attempts" }]);
    handler.call(0).finish(ok(hosted()));
    await settled();
    handler.send(from(2));
    expect(handler.calls).toHaveLength(3);
  });
});

describe("stop", () => {
  it("resolves when pending requests are answered, and refuses new ones meanwhile", async () => {
    const handler = createHandler();
    handler.send(from(0));
    let stopped = false;
    const stopping = handler.server.stop().then(() => {
      stopped = true;
    });
    handler.send(from(1));
    await settled();
    expect(stopped).toBe(false);
    expect(handler.calls).toHaveLength(1);
    expect(handler.answers).toEqual([{ to: "198.51.100.1 1001", port: 0 }]);
    expect(handler.lines).toMatchObject([{ reason: "shutting-down" }]);
    handler.call(0).finish(ok(hosted(55504)));
    await stopping;
    expect(handler.answers.at(-1)).toEqual({ to: "198.51.100.0 1000", port: 55504 });
  });

  it("resolves at once when nothing is pending", async () => {
    await createHandler().server.stop();
  });
});
