import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, truncateSync, utimesSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readAll } from "../../../../src/catalog/content/read/content-reader.ts";
import type { ScanReport } from "../../../../src/catalog/index.ts";
import type { ReadJob } from "../../../../src/catalog/content/read/read-file.ts";
import { createReaderPool } from "../../../../src/catalog/content/read/reader-pool.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { createFixture, crcOf, gambatte, nestopia } from "../../../unit/catalog/catalog-fixture.ts";
import { compileCatalog, type CompiledCatalog } from "../compile-catalog.ts";

let compiled: CompiledCatalog;
beforeAll(() => {
  compiled = compileCatalog();
});
afterAll(() => {
  compiled.remove();
});

/** How many bytes a process has written so far; undefined when it is gone. */
function bytesWritten(pid: number): number | undefined {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
  } catch {
    return undefined;
  }
}

interface Running {
  readonly pid: number;
  /** Resolves with its first output. */
  readonly started: Promise<unknown>;
  /** Resolves with all its output when it has ended. */
  readonly output: Promise<string>;
  readonly kill: () => void;
}

/** Runs a piece of a module that has `openCatalog` and the tests' cores. */
function run(code: string): Running {
  const prelude = `
    import { openCatalog } from ${JSON.stringify(compiled.url("catalog/index.js").href)};
    const cores = ${JSON.stringify([nestopia, gambatte])};
    const extensionsOf = ({ name }) => (name === "Nestopia" ? ["nes"] : ["gb"]);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", prelude + code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const closed = once(child, "close").then(() => text);
  return {
    pid: child.pid ?? 0,
    started: Promise.race([once(child.stdout, "data"), closed]),
    output: closed,
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

/** Root becomes another user; other users stay who they are. */
const asUnprivilegedUser = `
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setgid(65534);
    process.setuid(65534);
  }
`;

function listing(file: string): ReadJob {
  return { path: file, whole: false, members: null };
}

describe("reader threads", () => {
  it("return the same results as this thread, each for its own job", async () => {
    const { write } = createFixture();
    const files = Array.from({ length: 200 }, (_, index) => write(`${index}.nes`, "x".repeat(index)));
    const pool = createReaderPool({
      threads: 2,
      workerFile: compiled.url("catalog/content/read/read-worker.js"),
    });
    const jobs = [...files, "/nowhere.nes"].map((file) => ({ path: file, whole: true }));
    const batches = [jobs.slice(0, 30), jobs.slice(30, 31), jobs.slice(31)];
    const results = (await Promise.all(batches.map((batch) => pool.read(batch)))).flat();
    await pool.close();
    expect(results).toEqual(await readAll(jobs));
    expect(results.at(-1)).toEqual({ ok: false, reason: "no such file" });
  });

  it("share the listing of archives with the thread that hands out the work, with each result in its place", async () => {
    const { write } = createFixture();
    const zips = ["one", "two"].map((name) =>
      write(`${name}.zip`, buildZip([{ name: `${name}.nes`, data: Buffer.from(name) }])),
    );
    const sevenZip = write("three.7z", "no archive, which takes a program to find out");
    const pool = createReaderPool({
      threads: 1,
      workerFile: compiled.url("catalog/content/read/read-worker.js"),
    });
    const jobs = Array.from({ length: 4096 }, (_, index) => zips[index % 2] ?? "").map(listing);
    const batches = [[listing(sevenZip), ...jobs.splice(0, 30)]];
    while (jobs.length > 0) {
      batches.push(jobs.splice(0, 63));
    }
    const results = await Promise.all(batches.map((batch) => pool.read(batch)));
    await pool.close();
    expect(results.flat()).toEqual(await readAll(batches.flat()));
  });

  it("fail their jobs when they die, instead of leaving them to wait", async () => {
    const { write } = createFixture();
    const broken = write("broken-worker.js", "throw new Error('worker cannot start');");
    const pool = createReaderPool({ threads: 1, workerFile: new URL(`file://${broken}`) });
    const batch = Array.from({ length: 50 }, () => ({ path: "/x", whole: true }));
    for (const settled of await Promise.allSettled([pool.read(batch), pool.read(batch)])) {
      expect(settled).toMatchObject({ status: "rejected", reason: { message: "worker cannot start" } });
    }
    await pool.close();
  });
});

describe("a scan", () => {
  it("does not trust a file that grows while it is read", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write("growing.nes", "");
    truncateSync(file, 400 * 1024 * 1024);
    const child = run(`
      import { appendFileSync } from "node:fs";
      setInterval(() => appendFileSync(${JSON.stringify(file)}, "x"), 1);
      console.log("growing");
    `);
    await child.started;
    expect(await scan()).toMatchObject({
      added: 0,
      skipped: [{ path: file, reason: "changed while it was read: scan again when it is complete" }],
    });
    child.kill();
    await child.output;
    truncateSync(file, 3);
    expect(await scan()).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ crc: crcOf("\0\0\0") }]);
  });

  it("reports unreadable files and folders, goes on, and writes nothing into the scanned folders", async () => {
    const { write, folder } = createFixture();
    const own = path.dirname(write("../mine/x", ""));
    write("a.nes", "a");
    write("also/a.nes", "a");
    const closed = [write("b.nes", "b"), path.dirname(write("locked/c.nes", "c"))];
    const hidden = path.dirname(write("listed/d.nes", "d"));
    // Root may read everything, so another user scans, who may write only into one folder.
    const modes = new Map([
      ...closed.map((file) => [file, 0] as const),
      [hidden, 0o444],
      [folder, 0o555],
      [own, 0o777],
    ]);
    for (const [file, mode] of modes) {
      chmodSync(file, mode);
    }
    chmodSync(path.dirname(folder), 0o755);
    onTestFinished(() => {
      for (const file of modes.keys()) {
        chmodSync(file, 0o700);
      }
    });
    const child = run(`
      ${asUnprivilegedUser}
      const catalog = openCatalog(${JSON.stringify(`${own}/catalog.sqlite`)}).value;
      const { value } = await catalog.scan({ targets: [${JSON.stringify(folder)}], cores, extensionsOf });
      console.log(JSON.stringify(value));
      catalog.close();
    `);
    const report = JSON.parse(await child.output) as ScanReport;
    const reason = "may not be read: check its permissions";
    expect(report.added).toBe(2);
    expect([...report.skipped].sort((a, b) => a.path.localeCompare(b.path))).toEqual(
      [path.join(folder, "b.nes"), path.join(hidden, "d.nes"), path.join(folder, "locked")].map((file) => ({
        path: file,
        reason,
      })),
    );
  });

  it("marks nothing as missing in a folder that can no longer be read", async () => {
    const { write, folder } = createFixture();
    const own = path.dirname(write("x", ""));
    for (const [file, mode] of [
      [own, 0o777],
      [path.dirname(own), 0o755],
    ] as const) {
      chmodSync(file, mode);
    }
    const { output } = run(`
      import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
      ${asUnprivilegedUser}
      const roms = ${JSON.stringify(path.join(folder, "roms"))};
      mkdirSync(roms + "/deep/er", { recursive: true });
      writeFileSync(roms + "/deep/a.nes", "a");
      writeFileSync(roms + "/deep/er/b.nes", "b");
      const catalog = openCatalog(${JSON.stringify(path.join(folder, "catalog.sqlite"))}).value;
      const scan = async () => (await catalog.scan({ targets: [roms], cores, extensionsOf })).value;
      const reports = [await scan()];
      chmodSync(roms + "/deep", 0);
      reports.push(await scan());
      chmodSync(roms + "/deep", 0o755);
      reports.push(await scan());
      rmSync(roms, { recursive: true });
      reports.push(await scan());
      console.log(JSON.stringify(reports));
      catalog.close();
    `);
    expect(JSON.parse(await output)).toMatchObject([
      { added: 2 },
      { missing: 0, skipped: [{ path: path.join(folder, "roms/deep") }] },
      { unchanged: 2, skipped: [] },
      { missing: 2 },
    ]);
  });

  it("makes no catalog in a folder without write permission, and says what to do", async () => {
    const { write } = createFixture();
    const folder = path.dirname(write("read-only/x", ""));
    chmodSync(folder, 0o555);
    onTestFinished(() => {
      chmodSync(folder, 0o700);
    });
    for (const above of [path.dirname(folder), path.resolve(folder, "../..")]) {
      chmodSync(above, 0o755);
    }
    const file = path.join(folder, "catalog.sqlite");
    const { output } = run(
      `${asUnprivilegedUser} console.log(JSON.stringify(openCatalog(${JSON.stringify(file)})));`,
    );
    expect(JSON.parse(await output)).toMatchObject({
      ok: false,
      reason: {
        code: "unwritable",
        message: expect.stringMatching(
          /cannot use .*check that the folder and the file may be read and written/,
        ) as string,
      },
    });
  });

  it("at the same time as another one of the same tree stores every entry once", async () => {
    const { write, scan, catalog, file, folder } = createFixture();
    for (let index = 0; index < 500; index++) {
      write(`${index % 7}/${index}.nes`, `game ${index}`);
    }
    const scanAgain = `
      const catalog = openCatalog(${JSON.stringify(file)}).value;
      await catalog.scan({ targets: [${JSON.stringify(folder)}], cores, extensionsOf });
      catalog.close();
    `;
    await Promise.all([run(scanAgain).output, run(scanAgain).output, scan()]);
    expect(catalog.list()).toHaveLength(500);
    expect(new Set(catalog.list().map((entry) => entry.path)).size).toBe(500);
    expect(await scan()).toMatchObject({ unchanged: 500, added: 0 });
  });
});

describe("kill -9 in the middle of a scan and of an import", () => {
  /** `npm run test:kills` wants more of them. */
  const KILLS = Number(process.env.NETPLAYD_TEST_KILLS ?? 10);
  const FILES = 400;

  it(
    `${KILLS} times, loses nothing that was stored and damages nothing`,
    { timeout: KILLS * 3_000 },
    async () => {
      const { write, scan, catalog, file, folder } = createFixture();
      const files = Array.from({ length: FILES }, (_, index) =>
        write(`${index % 5}/${index}.nes`, `game ${index}`),
      );
      const games = files.map((_, index) => {
        const crc = crcOf(`game ${index}`).toString(16);
        return `<game name="Game number ${index}"><rom name="r" crc="${crc}"/></game>`;
      });
      const dat = write("games.dat", `<d><header><name>D</name></header>${games.join("").repeat(10)}</d>`);
      await catalog.importDat({ file: dat });
      const work = `
      const catalog = openCatalog(${JSON.stringify(file)}).value;
      console.log("working");
      await Promise.all([
        catalog.scan({ targets: [${JSON.stringify(folder)}], cores, extensionsOf }),
        catalog.importDat({ file: ${JSON.stringify(dat)} }),
      ]);
      console.log("finished");
    `;
      let finished = 0;
      let known = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        // A quarter of the files has to be read again.
        for (let index = kill % 4; index < FILES; index += 4) {
          utimesSync(files[index] ?? "", kill, kill);
        }
        const child = run(work);
        await child.started;
        // The moment of the kill: when it has written so much, of the five million bytes that it writes in all. Few of them are
        // spread as well as many.
        const enough = ((kill * 71) % 120) * 15_000;
        await eventually("it to be so far", () => (bytesWritten(child.pid) ?? Infinity) >= enough);
        child.kill();
        finished += (await child.output).includes("finished") ? 1 : 0;
        const entries = catalog.list();
        expect(entries.length).toBeGreaterThanOrEqual(known);
        known = entries.length;
      }
      // The kills have to hit work in progress, most of them.
      expect(finished).toBeLessThan(KILLS / 2);
      const database = new Database(file, { readonly: true });
      expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
      expect(database.pragma("foreign_key_check")).toEqual([]);
      database.close();
      await scan();
      expect(await catalog.importDat({ file: dat })).toMatchObject({
        value: { replaced: true, named: FILES },
      });
      const names = catalog.list().map(({ name, base, crc }) => `${base} ${name} ${crc}`);
      expect(names.sort()).toEqual(
        files.map((_, index) => `${index} Game number ${index} ${crcOf(`game ${index}`)}`).sort(),
      );
    },
  );
});
