// `node import-child.mjs CATALOG DAT`: one import in a process of its own, with the built catalog, printed as JSON. Only a
// process of its own shows the memory of an import.
import { readFileSync } from "node:fs";

const { openCatalog } = await import(new URL("../../dist/catalog/index.js", import.meta.url).href);

const [file, dat] = process.argv.slice(2);
const opened = openCatalog(file);
if (!opened.ok) {
  throw new Error(opened.reason.message);
}
const catalog = opened.value;
console.log(JSON.stringify(await importDat()));
catalog.close();

async function importDat() {
  const startedMs = performance.now();
  const imported = await catalog.importDat({ file: dat });
  if (!imported.ok) {
    throw new Error(imported.reason);
  }
  const ms = performance.now() - startedMs;
  return { ms, games: imported.value.games, peakMiB: peakMiB() };
}

/** Of this process alone: getrusage's maximum includes the parent's. */
function peakMiB() {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}
