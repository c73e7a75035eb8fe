import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { askInfo } from "../../src/probe/index.ts";
import { withNetplayAllowed } from "../../src/retroarch/index.ts";
import { systemClock, toCrc32 } from "../../src/shared/index.ts";
import { afterAllTests } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { freeTcpRange } from "../helpers/free-ports.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { rally } from "../helpers/rally.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const cleanup = afterAllTests();
let server: Netplayd;
let port: number;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { maxClients: 1 } });
  port = await server.ask();
});

describe("netplayd probe", () => {
  it("finds a real host behind its door, with its core, version and CRC, and joins nothing", async () => {
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

  it("says who is there instead, or that nobody is", async () => {
    const nobody = await runNetplayd(["probe", `127.0.0.1:${await freeTcpRange(1)}`]);
    expect(nobody).toMatchObject({
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
    await eventually("the seat is free again", async () => (await server.session(port))?.roster.length === 0);
    expect(await askInfo({ ...target, upToState })).toMatchObject({ value: { state: { stateSizeBytes } } });
  });
});

describe("netplayd check", () => {
  function check(content: string, ...options: string[]): ReturnType<typeof runNetplayd> {
    const cache = { env: { ...process.env, XDG_CACHE_HOME: cleanup.folder() } };
    const common = ["--core", "Nestopia", "--server", "127.0.0.1", "--port", String(port)];
    return runNetplayd(["check", content, ...common, ...options], cache);
  }

  it("accepts what the room hosts, but for a local info file that keeps RetroArch from playing it", async () => {
    expect(await check(rally.file)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("The server accepts it, but the info file of Nestopia") as string,
    });
    const open = cleanup.folder();
    const library = path.join(open, "nestopia_libretro.so");
    copyFileSync(nestopia.library, library);
    const info = withNetplayAllowed(readFileSync(nestopia.infoFile, "utf8"));
    writeFileSync(path.join(open, "nestopia_libretro.info"), info);
    expect(await check(rally.file, "--library", library)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Accepted: Nestopia") as string,
    });
  });

  it("says what to change: the content, the core's version, or the address", async () => {
    const other = path.join(cleanup.folder(), "other.nes");
    writeFileSync(other, "another game");
    const wrongContent = await check(other);
    expect(wrongContent).toMatchObject({ code: 3, stderr: expect.stringContaining(rally.crcHex) as string });
    const wrongVersion = await check(rally.file, "--core-version", "0.1");
    expect(wrongVersion).toMatchObject({ code: 3, stderr: expect.stringContaining("yours 0.1") as string });
    const nobody = await check(rally.file, "--port", String(await freeTcpRange(1)));
    expect(nobody).toMatchObject({ code: 4, stderr: expect.stringContaining("Nothing listens") as string });
  });
});
