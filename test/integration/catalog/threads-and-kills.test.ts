import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, truncateSync, utimesSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createInlineReader, type ReadJob } from "../../../src/catalog/content-reader.ts";
import { readContent } from "../../../src/catalog/read-content.ts";
import { createReaderPool } from "../../../src/catalog/reader-pool.ts";
import { buildZip } from "../../unit/catalog/build-zip.ts";
import { createFixture, crcOf, gambatte, nestopia } from "../../unit/catalog/catalog-fixture.ts";
import { compileCatalog, type CompiledCatalog } from "./compile-catalog.ts";

let compiled: CompiledCatalog;
beforeAll(() => {
  compiled = compileCatalog();
});
afterAll(() => {
  compiled.remove();
});

interface Running {
  /** Resolves with the first thing that it prints. */
  readonly started: Promise<unknown>;
  /** Resolves with all that it printed, once it is gone. */
  readonly output: Promise<string>;
  readonly kill: () => void;
}

/** Runs a piece of a module with `openCatalog` and the tests' cores at hand. */
function run(code: string, options: { uid?: number } = {}): Running {
  const prelude = `
    import { openCatalog } from ${JSON.stringify(compiled.url("catalog/index.js").href)};
    const cores = ${JSON.stringify([nestopia, gambatte])};
    const extensionsOf = ({ name }) => (name === "Nestopia" ? ["nes"] : ["gb"]);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", prelude + code], {
    stdio: ["ignore", "pipe", "inherit"],
    ...options,
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
    started: Promise.race([once(child.stdout, "data"), closed]),
    output: closed,
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

function listing(file: string): ReadJob {
  return { path: file, whole: false, members: null };
}

describe("reader threads", () => {
  it("answer like this thread does, each job with its own result", async () => {
    const { write } = createFixture();
    const files = Array.from({ length: 200 }, (_, index) => write(`${index}.nes`, "x".repeat(index)));
    const pool = createReaderPool({ threads: 2, workerFile: compiled.url("catalog/read-worker.js") });
    const jobs = [...files, "/nowhere.nes"].map((file) => ({ path: file, whole: true }));
    const batches = [jobs.slice(0, 30), jobs.slice(30, 31), jobs.slice(31)];
    const results = (await Promise.all(batches.map((batch) => pool.read(batch)))).flat();
    await pool.close();
    expect(results).toEqual(jobs.map((job) => readContent(job.path, job)));
    expect(results.at(-1)).toEqual({ ok: false, reason: "no such file" });
  });

  it("and the one that gives them their work list archives between them, each in its place", async () => {
    const { write } = createFixture();
    const zips = ["one", "two"].map((name) =>
      write(`${name}.zip`, buildZip([{ name: `${name}.nes`, data: Buffer.from(name) }])),
    );
    const sevenZip = write("three.7z", "no archive, which takes a program to find out");
    const pool = createReaderPool({ threads: 1, workerFile: compiled.url("catalog/read-worker.js") });
    const jobs = Array.from({ length: 4096 }, (_, index) => zips[index % 2] ?? "").map(listing);
    const batches = [[listing(sevenZip), ...jobs.splice(0, 30)]];
    while (jobs.length > 0) {
      batches.push(jobs.splice(0, 63));
    }
    const results = await Promise.all(batches.map((batch) => pool.read(batch)));
    await pool.close();
    const inline = createInlineReader();
    expect(results.flat()).toEqual(await inline.read(batches.flat()));
    await inline.close();
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

  it.runIf(process.getuid?.() === 0)(
    "says which files and folders may not be read, and goes on",
    async () => {
      const { write, folder } = createFixture();
      write("a.nes", "a");
      chmodSync(write("b.nes", "b"), 0);
      write("locked/c.nes", "c");
      chmodSync(path.join(folder, "locked"), 0);
      for (const directory of [folder, path.dirname(folder)]) {
        chmodSync(directory, 0o755);
      }
      // Root may read everything, so another user looks; its catalog lies in a folder that it may write.
      const place = write("mine/x", "");
      chmodSync(path.dirname(place), 0o777);
      const child = run(
        `
      const catalog = openCatalog(${JSON.stringify(`${path.dirname(place)}/catalog.sqlite`)}).value;
      const { value } = await catalog.scan({ targets: [${JSON.stringify(folder)}], cores, extensionsOf });
      console.log(JSON.stringify(value));
      catalog.close();
      `,
        { uid: 65534 },
      );
      const reason = "may not be read: check its permissions";
      expect(JSON.parse(await child.output)).toMatchObject({
        added: 1,
        skipped: [
          { path: path.join(folder, "locked"), reason },
          { path: path.join(folder, "b.nes"), reason },
        ],
      });
    },
  );

  it("at once with another one of the same tree leaves every entry there once", async () => {
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
  const KILLS = 100;
  const FILES = 400;

  it("a hundred times, loses nothing that was stored and damages nothing", { timeout: 240_000 }, async () => {
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
      // Not a wait for something to happen, but the moment of the kill: somewhere in its work.
      await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 120));
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
    expect(await catalog.importDat({ file: dat })).toMatchObject({ value: { replaced: true, named: FILES } });
    const names = catalog.list().map(({ name, base, crc }) => `${base} ${name} ${crc}`);
    expect(names.sort()).toEqual(
      files.map((_, index) => `${index} Game number ${index} ${crcOf(`game ${index}`)}`).sort(),
    );
  });
});
