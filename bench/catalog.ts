// `npm run bench:catalog`: compares the catalog with tools that do the same work, in one run, alternating, on data made
// here. Figures and their meaning: bench/README.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Catalog, ScanOptions } from "../src/catalog/index.ts";
import type { Cleanup } from "../test/helpers/cleanup.ts";
import { gambatte } from "../test/unit/catalog/catalog-fixture.ts";
import { listWithOwn, listWithYauzl, readerOf } from "./catalog/choices.ts";
import { writeCollection, type Collection } from "./catalog/collection.ts";
import { writeLogiqx } from "./catalog/dat.ts";
import { askServer, prepareServer, type LookupRun } from "./catalog/server-lookups.ts";
import { inflateAll, timeFind, timeHere, timeRhash, type Taken } from "./catalog/rivals.ts";
import { distributionOf, formatSpread, pairwise } from "./measure/distribution.ts";
import { describeMachine } from "./measure/machine.ts";
import { onStage } from "./measure/stage.ts";
import { note, printTable } from "./measure/table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    files: { type: "string", default: "20000" },
    bytes: { type: "string", default: "4000000000" },
    games: { type: "string", default: "100000" },
    entries: { type: "string", default: "1000000" },
  },
});
const rounds = Number(values.rounds);
// The built catalog, because threads load only compiled files.
const built = new URL("../dist/catalog/index.js", import.meta.url).href;
const { openCatalog } = (await import(built)) as typeof import("../src/catalog/index.ts");
const folder = mkdtempSync(path.join(tmpdir(), "bench-catalog-"));
const rows: string[][] = [];

try {
  console.log(`${await describeMachine()}; ${rounds} rounds`);
  note(`writing ${values.files} games, ${values.bytes} bytes, twice`);
  const collection = writeCollection(folder, Number(values.files), Number(values.bytes));
  // The disk must not be busy with it during later measurements.
  execFileSync("sync");
  await scans(collection);
  await choices(collection);
  // Removes some gigabytes from the page cache, with which a server would compete.
  rmSync(collection.plain, { recursive: true });
  rmSync(collection.zipped, { recursive: true });
  await imports();
  await onStage(lookups);
  printTable("The catalog", ["what", "ours", "beside it", "ratio or limit"], rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function open(name: string): Catalog {
  return openFile(path.join(folder, name));
}

function openFile(file: string): Catalog {
  const opened = openCatalog(file);
  if (!opened.ok) {
    throw new Error(opened.reason.message);
  }
  return opened.value;
}

async function timeScan(catalog: Catalog, target: string, reader?: ScanOptions["reader"]): Promise<Taken> {
  const options: ScanOptions = { targets: [target], cores: [gambatte], extensionsOf: () => ["gb"], reader };
  return timeHere(async () => {
    const scanned = await catalog.scan(options);
    const seen = scanned.ok ? scanned.value.added + scanned.value.unchanged : 0;
    if (seen !== Number(values.files)) {
      throw new Error(`the scan saw ${seen} files: ${JSON.stringify(scanned)}`);
    }
  });
}

async function scans({ plain, zipped }: Collection): Promise<void> {
  const rhash: Taken[] = [];
  const first: Taken[] = [];
  const find: Taken[] = [];
  const again: Taken[] = [];
  const rhashZips: Taken[] = [];
  const zips: Taken[] = [];
  const inflate: Taken[] = [];
  for (let round = 0; round < rounds; round++) {
    note(`scans, round ${round + 1} of ${rounds}`);
    const catalog = open(`scan-${round}.sqlite`);
    rhash.push(timeRhash(plain));
    first.push(await timeScan(catalog, plain));
    find.push(timeFind(plain));
    again.push(await timeScan(catalog, plain));
    catalog.close();
    const zipCatalog = open(`zips-${round}.sqlite`);
    rhashZips.push(timeRhash(zipped));
    zips.push(await timeScan(zipCatalog, zipped));
    zipCatalog.close();
    inflate.push(
      await timeHere(() => {
        inflateAll(zipped);
      }),
    );
  }
  addRows("first scan", first, "rhash --crc32, a process a processor", rhash);
  addRows("scan of the same as zips", zips, "rhash --crc32 over the zips", rhashZips);
  addRows("scan of the same as zips", zips, "unpacking every member, one thread", inflate);
  addRows("rescan, nothing changed", again, "find -printf '%s %T@'", find);
}

/** Elapsed time and processor time. */
function addRows(what: string, ours: readonly Taken[], rival: string, its: readonly Taken[]): void {
  for (const [key, title] of [
    ["ms", "ms"],
    ["cpuMs", "ms of processor time"],
  ] as const) {
    const one = ours.map((taken) => taken[key]);
    const other = its.map((taken) => taken[key]);
    rows.push([
      `${what} (${title})`,
      formatSpread(distributionOf(one), 0),
      `${rival}: ${formatSpread(distributionOf(other), 0)}`,
      `its / ours: ${formatSpread(distributionOf(pairwise(one, other, (mine, theirs) => theirs / mine)), 2)}`,
    ]);
  }
}

/** What each piece of netplayd's own code saves. */
async function choices({ plain, zipped }: Collection): Promise<void> {
  const pool: Taken[] = [];
  const inline: Taken[] = [];
  const own: Taken[] = [];
  const yauzl: Taken[] = [];
  for (let round = 0; round < rounds; round++) {
    note(`choices, round ${round + 1} of ${rounds}`);
    const catalogs = [open(`pool-${round}.sqlite`), open(`inline-${round}.sqlite`)] as const;
    pool.push(await timeScan(catalogs[0], plain));
    inline.push(await timeScan(catalogs[1], plain, readerOf(0)));
    own.push(
      await timeHere(() => {
        listWithOwn(zipped);
      }),
    );
    yauzl.push(await timeHere(() => listWithYauzl(zipped)));
    catalogs.forEach((catalog) => {
      catalog.close();
    });
  }
  addRows("choice: first scan with the reader pool", pool, "in one thread", inline);
  addRows("choice: lists of the zips with zip-tail.ts", own, "with yauzl alone", yauzl);
}

async function imports(): Promise<void> {
  note("importing a DAT");
  const dat = path.join(folder, "bench.dat");
  await writeLogiqx(dat, Number(values.games));
  const runs = Array.from({ length: rounds }, (_, round) => importInChild(`import-${round}.sqlite`, dat));
  const megabytes = (statSync(dat).size / 1e6).toFixed(0);
  rows.push([
    `import of a Logiqx DAT of ${values.games} games, ${megabytes} MB (ms)`,
    formatSpread(distributionOf(runs.map(({ ms }) => ms)), 0),
    "",
    `peak resident ${formatSpread(distributionOf(runs.map(({ peakMiB }) => peakMiB)), 0)} MiB`,
  ]);
}

async function lookups(cleanup: Cleanup): Promise<void> {
  note(`filling a catalog with ${values.entries} entries`);
  const ten = await prepareServer(cleanup, openFile, 10);
  const many = await prepareServer(cleanup, openFile, Number(values.entries));
  const few: LookupRun[] = [];
  const lots: LookupRun[] = [];
  for (let round = 0; round < rounds; round++) {
    note(`lookups, round ${round + 1} of ${rounds}`);
    few.push(await askServer(ten, 10));
    lots.push(await askServer(many, Number(values.entries)));
  }
  const limits = { medianUs: "below 10", p99Us: "below 50", residentMiB: "below 60 more" };
  for (const key of ["medianUs", "p99Us", "residentMiB"] as const) {
    const spread = (runs: readonly LookupRun[]): string =>
      formatSpread(distributionOf(runs.map((run) => run[key])), 0);
    rows.push([
      `in the server with ${values.entries} entries: ${key}`,
      spread(lots),
      `with ten: ${spread(few)}`,
      limits[key],
    ]);
  }
}

interface ImportRun {
  readonly ms: number;
  readonly peakMiB: number;
}

/** One import in a process of its own. */
function importInChild(catalog: string, dat: string): ImportRun {
  const script = fileURLToPath(new URL("catalog/import-child.mjs", import.meta.url));
  const args = [script, path.join(folder, catalog), dat];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as ImportRun;
}
