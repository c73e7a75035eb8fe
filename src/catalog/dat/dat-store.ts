import { foldName } from "../../shared/index.ts";
import type { Database } from "better-sqlite3";
import { createDueMark } from "../sets/index.ts";
import { systemOf, type DatGame, type DatHeader } from "./formats/dat-game.ts";

/** Writes one DAT. Its rows are ignored until `complete`, so it may be interrupted anywhere. */
export interface DatWriter {
  /** @throws SupersededError, as does `complete` */
  add(games: readonly DatGame[]): void;
  /** Puts it in the place of an earlier import of the same DAT; answers whether there was one. */
  complete(): boolean;
  discard(): void;
}

export function createDatWriter(database: Database, header: DatHeader, importedMs: number): DatWriter {
  const statements = prepare(database);
  const markSetsDue = createDueMark(database);
  const key = foldName(systemOf(header.name));
  const begin = database.transaction(() => {
    // Rows of a killed import of the same DAT.
    statements.removeIncomplete.run(key);
    return statements.addDat.run(key, header.name, systemOf(header.name), header.version, importedMs);
  });
  const id = Number(begin.immediate().lastInsertRowid);
  const add = database.transaction((games: readonly DatGame[]) => {
    expectOwn(statements, id);
    for (const game of games) {
      addGame(statements, id, game);
    }
  });
  const complete = database.transaction(() => {
    expectOwn(statements, id);
    statements.complete.run(id);
    const replaced = statements.removeOthers.run(key, id).changes > 0;
    statements.forgetNames.run();
    markSetsDue();
    return replaced;
  });
  return {
    add: (games) => {
      add.immediate(games);
    },
    complete: () => complete.immediate(),
    discard: () => {
      statements.remove.run(id);
    },
  };
}

/** Another import of the same DAT has removed the rows of this one. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
}

/** @throws SupersededError */
function expectOwn(statements: Statements, id: number): void {
  if (statements.isThere.get(id) === undefined) {
    throw new SupersededError();
  }
}

type Statements = ReturnType<typeof prepare>;

function addGame(statements: Statements, datId: number, game: DatGame): void {
  const { name, title, region, parent, isBios } = game;
  const added = statements.addGame.run(
    datId,
    name,
    foldName(name),
    title,
    region ?? null,
    parent ?? null,
    isBios ? 1 : 0,
  );
  for (const rom of game.roms) {
    statements.addRom.run(added.lastInsertRowid, rom.name, rom.sizeBytes ?? null, rom.crc);
  }
}

function prepare(database: Database) {
  return {
    addDat: database.prepare<[string, string, string, string, number]>(
      "INSERT INTO dats (key, name, system, version, imported_ms) VALUES (?, ?, ?, ?, ?)",
    ),
    addGame: database.prepare<[number, string, string, string, string | null, string | null, number]>(
      "INSERT INTO games (dat_id, name, key, title, region, parent, is_bios) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    addRom: database.prepare<[number | bigint, string, number | null, number]>(
      "INSERT INTO roms (game_id, name, size_bytes, crc) VALUES (?, ?, ?, ?)",
    ),
    isThere: database.prepare<[number], number>("SELECT 1 FROM dats WHERE id = ?").pluck(),
    complete: database.prepare<[number]>("UPDATE dats SET complete = 1 WHERE id = ?"),
    removeOthers: database.prepare<[string, number]>("DELETE FROM dats WHERE key = ? AND id <> ?"),
    removeIncomplete: database.prepare<[string]>("DELETE FROM dats WHERE key = ? AND complete = 0"),
    remove: database.prepare<[number]>("DELETE FROM dats WHERE id = ?"),
    forgetNames: database.prepare<[]>("UPDATE entries SET named = 0 WHERE named = 1"),
  };
}
