import { createReadStream } from "node:fs";
import type { Database } from "better-sqlite3";
import { fail, ok, type Result, systemClock } from "../../shared/index.ts";
import { baseOf, describeUnlisted, describeReadError, type Skipped } from "../content/index.ts";
import { checkSets } from "../sets/index.ts";
import { createDatWriter, SupersededError, type DatWriter } from "./dat-store.ts";
import {
  DatSyntaxError,
  systemOf,
  type DatGame,
  type DatHeader,
  type DatParser,
  type DatSink,
} from "./formats/dat-game.ts";
import { nameEntries } from "./name-entries.ts";
import { readHeaders } from "./read-headers.ts";

export interface ImportOptions {
  /** Logiqx XML, clrmamepro text, or libretro's `.rdb`; told apart by their first bytes. */
  readonly file: string;
  readonly onProgress?:
    ((progress: { readonly games: number; readonly bytesDone: number }) => void) | undefined;
  /** Ends the import; nothing of it remains, unless it is all there and only the catalog's games are still to be compared. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportReport {
  readonly name: string;
  readonly system: string;
  readonly version: string;
  readonly games: number;
  readonly roms: number;
  /** Entries of the catalog that have a canonical name now, by this DAT or another. */
  readonly named: number;
  /** An earlier import of the same DAT was replaced. */
  readonly replaced: boolean;
  /** What could not be compared with it, and why. */
  readonly skipped: readonly Skipped[];
}

const CHUNK_BYTES = 32 * 1024;
const BATCH_GAMES = 500;

/** Imports a DAT as a stream. Fails, with a line for the operator, without having changed anything. */
export async function importDat(
  database: Database,
  options: ImportOptions,
): Promise<Result<ImportReport, string>> {
  const run = new DatImport(database, baseOf(options.file));
  let imported: ImportedDat | undefined;
  try {
    await run.read(options);
    imported = run.complete();
  } catch (error) {
    run.discard();
    return fail(describeFailure(options, error));
  }
  return imported === undefined
    ? fail(`${options.file} is no usable DAT: it lists no game`)
    : compare(database, options, imported);
}

type ImportedDat = Omit<ImportReport, "named" | "skipped">;

/** Compares the games of the catalog with the DATs. The next scan does what the signal cuts off. */
async function compare(
  database: Database,
  { file, signal }: ImportOptions,
  imported: ImportedDat,
): Promise<Result<ImportReport, string>> {
  const isAborted = (): boolean => signal?.aborted === true;
  await readHeaders(database, signal);
  const named = isAborted() ? 0 : nameEntries(database);
  const unlisted = isAborted() ? 0 : await checkSets(database, signal);
  return isAborted()
    ? fail(`${file} is imported, but was not compared with all games of the catalog: the next scan goes on`)
    : ok({ ...imported, named, skipped: describeUnlisted(unlisted, ".7z set") });
}

function describeFailure({ file, signal }: ImportOptions, error: unknown): string {
  if (signal?.aborted === true) {
    return `${file}: the import was interrupted, nothing was changed`;
  }
  if (error instanceof DatSyntaxError) {
    return `${file} is no usable DAT: ${error.message}`;
  }
  return error instanceof SupersededError
    ? `${file}: the same DAT is being imported by somebody else, this import changed nothing`
    : `${file}: ${describeReadError(error)}`;
}

class DatImport {
  readonly #database: Database;
  #header: DatHeader;
  #writer: DatWriter | undefined;
  #batch: DatGame[] = [];
  #games = 0;
  #roms = 0;

  constructor(database: Database, name: string) {
    this.#database = database;
    this.#header = { name, version: "" };
  }

  async read({ file, onProgress, signal }: ImportOptions): Promise<void> {
    // Here, because nothing else needs the parsers of three formats.
    const { createDatParser } = await import("./formats/create-dat-parser.ts");
    const { name } = this.#header;
    let parser: DatParser | undefined;
    let bytesDone = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })) {
      const bytes = chunk as Buffer;
      parser ??= createDatParser(bytes, this.#createSink(name), name);
      parser.write(bytes);
      bytesDone += bytes.length;
      onProgress?.({ games: this.#games, bytesDone });
    }
    parser?.end();
    this.#flush();
  }

  /** Undefined when there was no game. */
  complete(): ImportedDat | undefined {
    if (this.#writer === undefined) {
      return undefined;
    }
    const replaced = this.#writer.complete();
    const { name, version } = this.#header;
    return { name, version, system: systemOf(name), games: this.#games, roms: this.#roms, replaced };
  }

  discard(): void {
    this.#writer?.discard();
  }

  #createSink(name: string): DatSink {
    return {
      onHeader: (header: DatHeader) => {
        this.#header = { name: header.name === "" ? name : header.name, version: header.version };
      },
      onGame: (game: DatGame) => {
        this.#games++;
        this.#roms += game.roms.length;
        this.#batch.push(game);
        if (this.#batch.length === BATCH_GAMES) {
          this.#flush();
        }
      },
    };
  }

  #flush(): void {
    if (this.#batch.length > 0) {
      this.#writer ??= createDatWriter(this.#database, this.#header, systemClock.date().getTime());
      this.#writer.add(this.#batch);
      this.#batch = [];
    }
  }
}
