import type { Database } from "better-sqlite3";
import { baseOf, extensionOf, type ReadContent } from "../content/index.ts";
import { createAliases } from "./aliases.ts";
import { UNKNOWN_CRC } from "./catalog-entry.ts";
import { CoreIds } from "./core-ids.ts";
import { HEADER_UNREAD } from "./migrations.ts";
import { countBy, foldName } from "../../shared/index.ts";

/** How a core is to host a file. */
export interface CoreHosting {
  readonly core: string;
  readonly needsFullPath: boolean | undefined;
  /** Extensions of the archive's members that are content, null for all; absent when the file itself is the content. */
  readonly members?: readonly string[] | null;
}

/** The table of entries and of their further names. */
export class EntryStore {
  readonly #statements;
  readonly #coreIds;
  readonly #replaceAliases;

  constructor(database: Database) {
    this.#statements = prepare(database);
    this.#coreIds = new CoreIds(database);
    this.#replaceAliases = createAliases(database, "file");
  }

  /**
   * Stores the contents of a file as entries. Existing entries are updated and keep their ids.
   *
   * @param bytes - `new`: the file has no entries yet; `changed`: entries for contents that are no longer there are removed.
   */
  put(
    fileId: number,
    file: string,
    hostings: readonly CoreHosting[],
    contents: readonly ReadContent[],
    bytes: "new" | "changed" | "same",
  ): void {
    const { insert, put, ofFile, remove } = this.#statements;
    const kept = new Set<number>();
    for (const hosting of hostings) {
      const coreId = this.#coreIds.findOrAdd(hosting.core);
      for (const content of contentsFor(hosting, contents)) {
        const values = [coreId, ...toRow(file, hosting, content), fileId] as const;
        if (bytes === "new") {
          insert.run(...values);
        } else {
          kept.add(put.get(...values) ?? 0);
        }
      }
    }
    if (bytes === "changed") {
      for (const { id } of ofFile.all(fileId).filter((entry) => !kept.has(entry.id))) {
        remove.run(id);
      }
    }
    if (bytes !== "new" || !isNamedLikeArchive(file, contents)) {
      this.#nameArchive(fileId, file);
    }
  }

  /** The file has this path now. */
  rename(fileId: number, file: string): void {
    this.#statements.rename.run(foldName(baseOf(file)), fileId);
    this.#statements.place.run(file, fileId);
    this.#nameArchive(fileId, file);
  }

  mark(fileId: number, state: "missing" | "present"): void {
    this.#statements.mark.run(state === "missing" ? 1 : 0, fileId);
  }

  /** A player who opens the archive itself announces the archive's name: the only entry of an archive has both names. */
  #nameArchive(fileId: number, file: string): void {
    const entries = this.#statements.ofFile.all(fileId);
    if (entries.every(({ member }) => member === "")) {
      return;
    }
    const key = foldName(baseOf(file));
    const counts = countBy(entries.map(({ coreId }) => coreId));
    for (const { id, coreId } of entries) {
      this.#replaceAliases(id, coreId, counts.get(coreId) === 1 ? [key] : []);
    }
  }
}

function contentsFor(hosting: CoreHosting, contents: readonly ReadContent[]): ReadContent[] {
  const { members } = hosting;
  return contents.filter(({ member }) =>
    member === null
      ? members === undefined
      : members === null || members?.includes(extensionOf(member)) === true,
  );
}

/** Null when only a host can tell under which CRC the core announces it. */
function crcFor(hosting: CoreHosting, content: ReadContent): number | null {
  const { crc, fullPathCrc, isGuess } = content;
  if (hosting.needsFullPath === undefined) {
    return crc === fullPathCrc || isGuess === true ? crc : null;
  }
  return hosting.needsFullPath ? fullPathCrc : crc;
}

type RowValues = [string, string, string, number, number, number, number, number | null, string];

/** In the order in which the statements take them. */
function toRow(file: string, hosting: CoreHosting, content: ReadContent): RowValues {
  const crc = crcFor(hosting, content);
  return [
    content.member ?? "",
    file,
    foldName(baseOf(content.member ?? file)),
    content.sizeBytes,
    crc ?? UNKNOWN_CRC,
    crc === null || content.isGuess === true ? 0 : 1,
    content.wholeCrc,
    content.headerlessCrc === "unread" ? HEADER_UNREAD : content.headerlessCrc,
    content.problem ?? "",
  ];
}

/** One member with the archive's own name, as in most collections, or no member at all. */
function isNamedLikeArchive(file: string, contents: readonly ReadContent[]): boolean {
  const members = contents.flatMap(({ member }) => member ?? []);
  return (
    members.length === 0 ||
    (members.length === 1 && foldName(baseOf(members[0] ?? "")) === foldName(baseOf(file)))
  );
}

type EntryValues = [number, ...RowValues, number];

function prepare(database: Database) {
  const insert = `INSERT INTO entries
    (core_id, member, path, base_key, size_bytes, crc, crc_is_certain, whole_crc, headerless_crc, problem, file_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  return {
    insert: database.prepare<EntryValues>(insert),
    put: database
      .prepare<EntryValues, number>(
        `${insert} ON CONFLICT (file_id, core_id, member) DO UPDATE SET path = excluded.path,
         base_key = excluded.base_key, missing = 0, named = 0, size_bytes = excluded.size_bytes, crc = excluded.crc,
         crc_is_certain = excluded.crc_is_certain, whole_crc = excluded.whole_crc, headerless_crc = excluded.headerless_crc, problem = excluded.problem
       RETURNING id`,
      )
      .pluck(),
    ofFile: database.prepare<[number], { id: number; coreId: number; member: string }>(
      "SELECT id, core_id AS coreId, member FROM entries WHERE file_id = ?",
    ),
    remove: database.prepare<[number]>("DELETE FROM entries WHERE id = ?"),
    rename: database.prepare<[string, number]>(
      "UPDATE entries SET base_key = ?, named = 0 WHERE file_id = ? AND member = ''",
    ),
    place: database.prepare<[string, number]>("UPDATE entries SET path = ?, missing = 0 WHERE file_id = ?"),
    mark: database.prepare<[number, number]>("UPDATE entries SET missing = ? WHERE file_id = ?"),
  };
}
