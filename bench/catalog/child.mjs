// `node child.mjs lookup CATALOG SAMPLES` and `node child.mjs import CATALOG DAT`: one measurement in a process of its own,
// with the built catalog, printed as JSON. Memory can only be told apart between processes.
import { readFileSync } from "node:fs";

const { openCatalog } = await import(new URL("../../dist/catalog/index.js", import.meta.url).href);

const [mode, file, argument] = process.argv.slice(2);
const opened = openCatalog(file);
if (!opened.ok) {
  throw new Error(opened.reason.message);
}
const catalog = opened.value;
const measured = mode === "lookup" ? lookUp(Number(argument)) : await importDat(argument);
console.log(JSON.stringify(measured));
catalog.close();

/** Asks for games at random by CRC, among all that the catalog has: `bench/catalog/million.ts` numbers them. */
function lookUp(samples) {
  const entries = Number(process.env.ENTRIES);
  const cores = [{ name: "Gambatte", content: [], versions: ["*"], match: "crc" }];
  const times = new Float64Array(samples);
  for (let index = -1000; index < samples; index++) {
    const game = Math.floor(Math.random() * entries);
    const query = {
      core: "Gambatte",
      coreVersion: "v0.5.0",
      game: `Game ${game}`,
      base: `Game ${game}`,
      crc: crcOf(game),
    };
    const startedNs = process.hrtime.bigint();
    const found = catalog.find(query, cores);
    const endedNs = process.hrtime.bigint();
    if (!found.ok) {
      throw new Error(`${game}: ${found.reason}`);
    }
    if (index >= 0) {
      times[index] = Number(endedNs - startedNs) / 1000;
    }
  }
  times.sort();
  globalThis.gc();
  return {
    medianUs: times[Math.floor(samples / 2)],
    p99Us: times[Math.floor(samples * 0.99)],
    residentMiB: process.memoryUsage.rss() / 1024 ** 2,
  };
}

async function importDat(dat) {
  const startedMs = performance.now();
  const imported = await catalog.importDat({ file: dat });
  if (!imported.ok) {
    throw new Error(imported.reason);
  }
  const ms = performance.now() - startedMs;
  return { ms, games: imported.value.games, peakMiB: peakMiB() };
}

/** Of this process alone: the maximum that getrusage tells begins with the parent's. */
function peakMiB() {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}

/** Every game another CRC, in no order: an odd factor permutes the 32-bit numbers. */
function crcOf(game) {
  return Math.imul(game + 1, 0x9e3779b1) >>> 0;
}
