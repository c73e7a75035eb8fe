import { closeSync, fstatSync, openSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { fromFd, type Entry, type ZipFile } from "yauzl";
import type { ContentReader } from "../../src/catalog/content/index.ts";

type Content = typeof import("../../src/catalog/content/index.ts");

const built = new URL("../../dist/catalog/content/index.js", import.meta.url).href;
const { createReaderPool, listZip } = (await import(built)) as Content;

/** A reader with so many threads; with none, it reads in the thread that writes. */
export function readerOf(threads: number): ContentReader {
  return createReaderPool({ threads });
}

/** Lists each zip as a scan does. */
export function listWithOwn(folder: string): void {
  for (const file of zipsIn(folder)) {
    const fd = openSync(file, "r");
    const listed = listZip(fd, fstatSync(fd).size);
    closeSync(fd);
    if (!listed.ok || listed.value.members.length !== 1) {
      throw new Error(`${file} was not listed`);
    }
  }
}

/** Lists each zip with the library alone. */
export async function listWithYauzl(folder: string): Promise<void> {
  const open = promisify<number, object, ZipFile>(fromFd);
  for (const file of zipsIn(folder)) {
    const zip = await open(openSync(file, "r"), { lazyEntries: false, autoClose: true });
    const entries: Entry[] = [];
    await new Promise((resolve, reject) => {
      zip.on("entry", (entry: Entry) => entries.push(entry));
      zip.on("error", reject);
      zip.on("end", resolve);
    });
    if (entries.length !== 1) {
      throw new Error(`${file} was not listed`);
    }
  }
}

function zipsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".zip"))
    .map((name) => path.join(folder, name));
}
