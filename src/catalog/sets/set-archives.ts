import { statSync } from "node:fs";
import type { Database } from "better-sqlite3";
import {
  archiveKindOf,
  LISTING_CUT_OFF,
  listSevenZip,
  NO_SEVEN_ZIP,
  listZip,
  type ArchiveListing,
  withFile,
} from "../content/index.ts";
import type { Result } from "../../shared/index.ts";
import { inParallel } from "../in-parallel.ts";

/** CRCs of what an archive holds, or in words why it cannot be listed. */
type Listed = ReadonlySet<number> | string;

interface KnownListing {
  readonly crcs: Buffer;
  /** Empty when it can be listed. */
  readonly problem: string;
}

/** What the archives of arcade sets hold, each looked into once. What 7-Zip said is kept in the catalog until the file changes. */
export class SetArchives {
  readonly #statements;
  readonly #known = new Map<string, Listed | undefined>();

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /**
   * Lists those among these that take a program.
   *
   * @param signal - Ends it; what was listed until then is kept.
   * @returns How many cannot be listed, because no program for it is installed.
   */
  async prepare(files: readonly string[], signal: AbortSignal | undefined): Promise<number> {
    const sevenZips = [...new Set(files)].filter((file) => archiveKindOf(file) === "7z");
    let unlisted = 0;
    await inParallel(sevenZips, signal, async (file) => {
      const isListed = await this.#learn(file);
      unlisted += isListed ? 0 : 1;
    });
    return unlisted;
  }

  /** A .7z has to be prepared first. Undefined when the archive could not be listed. */
  listed(file: string): Listed | undefined {
    if (archiveKindOf(file) === "zip" && !this.#known.has(file)) {
      this.#known.set(file, listZipFile(file));
    }
    return this.#known.get(file);
  }

  /** Forgets what was kept of archives that were not prepared. */
  forgetOthers(): void {
    for (const file of this.#statements.paths.all()) {
      if (!this.#known.has(file)) {
        this.#statements.remove.run(file);
      }
    }
  }

  /** @returns False when there is no program that lists it. */
  async #learn(file: string): Promise<boolean> {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) {
      return true;
    }
    const known = this.#statements.find.get(file, stats.size, stats.mtimeMs);
    if (known !== undefined) {
      this.#known.set(file, known.problem === "" ? unpackCrcs(known.crcs) : known.problem);
      return true;
    }
    const listing = await listSevenZip(file);
    if (!listing.ok && (listing.reason === NO_SEVEN_ZIP || listing.reason === LISTING_CUT_OFF)) {
      return listing.reason === LISTING_CUT_OFF;
    }
    const listed = toListed(listing);
    const [crcs, problem] = typeof listed === "string" ? [new Set<number>(), listed] : [listed, ""];
    this.#statements.put.run(file, stats.size, stats.mtimeMs, packCrcs(crcs), problem);
    this.#known.set(file, listed);
    return true;
  }
}

function prepare(database: Database) {
  return {
    find: database.prepare<[string, number, number], KnownListing>(
      "SELECT crcs, problem FROM seven_zips WHERE path = ? AND size_bytes = ? AND mtime_ms = ?",
    ),
    put: database.prepare<[string, number, number, Buffer, string]>(
      "INSERT OR REPLACE INTO seven_zips (path, size_bytes, mtime_ms, crcs, problem) VALUES (?, ?, ?, ?, ?)",
    ),
    paths: database.prepare<[], string>("SELECT path FROM seven_zips").pluck(),
    remove: database.prepare<[string]>("DELETE FROM seven_zips WHERE path = ?"),
  };
}

function listZipFile(file: string): Listed | undefined {
  try {
    return withFile(file, (fd, { size }) => toListed(listZip(fd, size)));
  } catch {
    return undefined;
  }
}

function toListed(listing: Result<ArchiveListing, string>): Listed {
  return listing.ok ? new Set(listing.value.members.map(({ crc }) => crc)) : listing.reason;
}

function packCrcs(crcs: ReadonlySet<number>): Buffer {
  const bytes = Buffer.alloc(crcs.size * 4);
  [...crcs].forEach((crc, index) => bytes.writeUInt32LE(crc, index * 4));
  return bytes;
}

function unpackCrcs(bytes: Buffer): ReadonlySet<number> {
  return new Set(Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4)));
}
