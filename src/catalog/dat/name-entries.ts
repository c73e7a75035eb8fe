import { foldName } from "../../shared/index.ts";
import type { Database } from "better-sqlite3";
import { archiveKindOf, baseOf } from "../content/index.ts";
import { createAliases } from "../store/index.ts";

const BATCH = 2000;

interface Unnamed {
  readonly id: number;
  readonly coreId: number;
  readonly path: string;
  readonly member: string;
  readonly baseKey: string;
  readonly sizeBytes: number;
  readonly wholeCrc: number;
  readonly headerlessCrc: number | null;
}

interface Known {
  readonly name: string;
  readonly title: string;
  readonly region: string | null;
  readonly system: string;
  readonly rom: string | null;
}

/**
 * Looks up new entries in the imported DATs and stores their canonical names: a set of an arcade machine by the name of its archive,
 * everything else by the CRC of all its bytes, or of the bytes behind a header.
 *
 * @returns How many of the new entries have a canonical name now.
 */
export function nameEntries(database: Database): number {
  const dats = database.prepare("SELECT count(*) FROM dats WHERE complete = 1").pluck().get();
  if (dats === 0) {
    return 0;
  }
  const statements = prepare(database);
  const nameBatch = database.transaction(
    (batch: readonly Unnamed[]) => batch.filter((entry) => nameEntry(statements, entry)).length,
  );
  let named = 0;
  for (;;) {
    const batch = statements.unnamed.all(BATCH);
    if (batch.length === 0) {
      return named;
    }
    named += nameBatch.immediate(batch);
  }
}

type Statements = ReturnType<typeof prepare>;

function nameEntry(statements: Statements, entry: Unnamed): boolean {
  const isSet = entry.member === "" && archiveKindOf(entry.path) !== undefined;
  const known = isSet
    ? statements.bySet.get(entry.baseKey)
    : (statements.byCrc.get(entry.wholeCrc, entry.sizeBytes) ??
      (entry.headerlessCrc === null ? undefined : statements.byHeaderless.get(entry.headerlessCrc)));
  const title = known === undefined ? null : isSet ? known.title : known.name;
  statements.name.run(title, known?.region ?? null, known?.system ?? null, entry.id);
  const keys = known === undefined ? [] : keysOf(known).filter((key) => key !== entry.baseKey);
  statements.replaceAliases(entry.id, entry.coreId, keys);
  return known !== undefined;
}

/** What players may call it: the DAT's name, its description, and the name of its file. */
function keysOf({ name, title, rom }: Known): string[] {
  return [name, title, ...(rom === null || rom === "" ? [] : [baseOf(rom)])].map(foldName);
}

function prepare(database: Database) {
  const byRom = `SELECT g.name, g.title, g.region, d.system, r.name AS rom
    FROM roms r JOIN games g ON g.id = r.game_id JOIN dats d ON d.id = g.dat_id
    WHERE d.complete = 1 AND r.crc = ?`;
  const newestFirst = "ORDER BY d.id DESC, g.id LIMIT 1";
  return {
    unnamed: database.prepare<[number], Unnamed>(
      `SELECT id, core_id AS coreId, path, member, base_key AS baseKey, size_bytes AS sizeBytes,
         whole_crc AS wholeCrc, headerless_crc AS headerlessCrc
       FROM entries WHERE named = 0 ORDER BY id LIMIT ?`,
    ),
    byCrc: database.prepare<[number, number], Known>(
      `${byRom} AND (r.size_bytes IS NULL OR r.size_bytes = ?) ${newestFirst}`,
    ),
    byHeaderless: database.prepare<[number], Known>(`${byRom} ${newestFirst}`),
    bySet: database.prepare<[string], Known>(
      `SELECT g.name, g.title, g.region, d.system, NULL AS rom FROM games g JOIN dats d ON d.id = g.dat_id
       WHERE d.complete = 1 AND g.key = ? ${newestFirst}`,
    ),
    name: database.prepare<[string | null, string | null, string | null, number]>(
      "UPDATE entries SET title = ?, region = ?, system = ?, named = 1 WHERE id = ?",
    ),
    replaceAliases: createAliases(database, "dat"),
  };
}
