import { beforeAll, describe, expect, it } from "vitest";
import { askInfo } from "../../src/probe/index.ts";
import { systemClock, toCrc32 } from "../../src/shared/index.ts";
import { afterAllTests } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { freeTcpRange } from "../helpers/free-ports.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { rally } from "../helpers/rally.ts";

const cleanup = afterAllTests();
let server: Netplayd;
let port: number;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { maxClients: 1 } });
  port = await server.ask();
});

describe("netplayd probe", () => {
  it("finds a real host behind its gateway, with its core, version and CRC, and joins nothing", async () => {
    const probed = await runNetplayd(["probe", `127.0.0.1:${port}`, "--info", "--json"]);
    expect(probed).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(probed.stdout)).toMatchObject({
      host: "127.0.0.1",
      port,
      session: null,
      answer: "open",
      protocol: { low: 5 },
      password: false,
      info: {
        core: "Nestopia",
        crc: rally.crcHex,
        coreVersion: expect.stringMatching(/^\d+\.\d+/) as string,
      },
      fault: null,
    });
    expect((await server.session(port))?.roster).toEqual([]);
    const plain = await runNetplayd(["probe", `127.0.0.1:${port}`, "--info"]);
    expect(plain.stdout).toMatch(/: a RetroArch host, protocols 5 to \d; connected in [\d.]+ ms/);
    expect(plain.stdout).toMatch(/core Nestopia, version \d+\.\d+\S*, CRC/);
  });

  it("says what is there instead, or that nothing is", async () => {
    const freePort = await runNetplayd(["probe", `127.0.0.1:${await freeTcpRange(1)}`]);
    expect(freePort).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("Nothing listens") as string,
    });
    const wrong = await runNetplayd(["probe", "127.0.0.1/short"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("16 characters") as string });
  });
});

describe("a spectator of the handshake", () => {
  it("learns the size of the real core's savestates and battery RAM, and leaves no trace", async () => {
    const upToState = { core: rally.core, crc: toCrc32(rally.crc) };
    const target = { host: "127.0.0.1", port, clock: systemClock, timeoutMs: 10_000 };
    const asked = await askInfo({ ...target, upToState });
    expect(asked).toMatchObject({ ok: true, value: { state: { sramBytes: 8192 } } });
    // Nestopia 1.52 needs 21 488 bytes for this game; other builds some bytes more or less.
    const stateSizeBytes = asked.ok ? (asked.value.state?.stateSizeBytes ?? 0) : 0;
    expect(stateSizeBytes).toBeGreaterThan(10_000);
    expect(stateSizeBytes).toBeLessThan(1_000_000);
    await eventually("the slot is free again", async () => (await server.session(port))?.roster.length === 0);
    expect(await askInfo({ ...target, upToState })).toMatchObject({ value: { state: { stateSizeBytes } } });
  });
});
