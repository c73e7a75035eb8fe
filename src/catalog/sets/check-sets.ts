import { existsSync } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import { archiveKindOf } from "../content/index.ts";
import { SetArchives } from "./set-archives.ts";

interface SetRow {
  readonly id: number;
  readonly path: string;
  readonly baseKey: string;
  readonly problem: string;
}

interface SetGame {
  readonly id: number;
  readonly datId: number;
  readonly name: string;
  readonly parent: string | null;
  readonly isBios: 0 | 1;
}

interface SetRom {
  readonly name: string;
  readonly crc: number;
}

/** More than clone, parent and BIOS; ends a cycle in the DAT. */
const MAX_PARENTS = 4;

/**
 * Compares every arcade set with the DATs. The ROMs of a set are in its own archive (non-merged) or in the archives of its parent and
 * its BIOS in the same folder (split, merged). What is missing is stored with the entry. Does nothing when no set and no DAT has
 * changed since the last time.
 *
 * @param signal - Ends it; the sets are compared at the next occasion.
 * @returns How many archives could not be looked into, because no program for it is installed.
 */
export async function checkSets(database: Database, signal: AbortSignal | undefined): Promise<number> {
  const statements = prepare(database);
  const due = statements.due.get();
  if (due === undefined) {
    return 0;
  }
  const archives = new SetArchives(database);
  const sets = statements.sets.all().filter(({ path: file }) => archiveKindOf(file) !== undefined);
  const needed = sets.flatMap((set) => archivesOf(statements, set));
  const unlisted = await archives.prepare(needed, signal);
  if (signal?.aborted === true) {
    return unlisted;
  }
  const verdicts = sets.map((set) => ({ set, problem: checkSet(statements, set, archives) }));
  const store = database.transaction(() => {
    for (const { set, problem } of verdicts) {
      if (problem !== set.problem) {
        statements.setProblem.run(problem, set.id);
      }
    }
    archives.forgetOthers();
    if (unlisted === 0) {
      statements.done.run(due);
    }
  });
  store.immediate();
  return unlisted;
}

type Statements = ReturnType<typeof prepare>;

/** A set's own archive, and those of its parents that exist; none for a set that no DAT lists. */
function archivesOf(statements: Statements, set: SetRow): string[] {
  const game = statements.gameByKey.get(set.baseKey);
  return game === undefined
    ? []
    : [set.path, ...setsAbove(statements, game).flatMap(({ name }) => findArchive(set, name) ?? [])];
}

/** The archive of another set in the same folder. */
function findArchive(set: SetRow, name: string): string | undefined {
  const stem = path.posix.join(path.posix.dirname(set.path), name);
  return [`${stem}.zip`, `${stem}.7z`].find((file) => existsSync(file));
}

function checkSet(statements: Statements, set: SetRow, archives: SetArchives): string {
  const game = statements.gameByKey.get(set.baseKey);
  if (game === undefined) {
    return "";
  }
  if (game.isBios === 1) {
    return "is a BIOS, not a game";
  }
  const own = archives.listed(set.path);
  if (own === undefined || typeof own === "string") {
    return own ?? "";
  }
  const lacking = statements.roms.all(game.id).filter(({ crc }) => !own.has(crc));
  return checkAbsent(statements, set, game, lacking, archives);
}

/** A ROM that several sets list belongs to the topmost: to the BIOS rather than to the parent. */
function checkAbsent(
  statements: Statements,
  set: SetRow,
  game: SetGame,
  lacking: readonly SetRom[],
  archives: SetArchives,
): string {
  let left = lacking;
  const absent: string[] = [];
  for (const above of setsAbove(statements, game).reverse()) {
    const archive = findArchive(set, above.name);
    if (archive === undefined && left.some(({ crc }) => above.crcs.has(crc))) {
      absent.unshift(above.name + path.posix.extname(set.path));
    }
    const there = archive === undefined ? undefined : archives.listed(archive);
    const crcs = typeof there === "object" ? there : undefined;
    // Any version of a BIOS is enough: all ROMs of a set count as present when its archive exists.
    left = left.filter(({ crc }) => !above.crcs.has(crc) && crcs?.has(crc) !== true);
  }
  if (absent.length > 0) {
    return `needs ${absent.join(" and ")} beside it`;
  }
  const [first] = left;
  return first === undefined
    ? ""
    : `lacks ${left.length === 1 ? "the file" : `${left.length} files, among them`} ${first.name}`;
}

interface SetAbove {
  readonly name: string;
  /** Of the files that the DAT lists for it. */
  readonly crcs: ReadonlySet<number>;
}

/** Parent, its parent, and so on. */
function setsAbove(statements: Statements, game: SetGame): SetAbove[] {
  const above: SetAbove[] = [];
  let name = game.parent;
  while (name !== null && above.length < MAX_PARENTS) {
    const parent = statements.gameByName.get(game.datId, name);
    const roms = parent === undefined ? [] : statements.roms.all(parent.id);
    above.push({ name, crcs: new Set(roms.map(({ crc }) => crc)) });
    name = parent?.parent ?? null;
  }
  return above;
}

function prepare(database: Database) {
  const select = "SELECT g.id, g.dat_id AS datId, g.name, g.parent, g.is_bios AS isBios FROM games g";
  return {
    sets: database.prepare<[], SetRow>(
      `SELECT id, path, base_key AS baseKey, problem FROM entries
       WHERE member = '' AND missing = 0 AND (path LIKE '%.zip' OR path LIKE '%.7z')`,
    ),
    gameByKey: database.prepare<[string], SetGame>(
      `${select} JOIN dats d ON d.id = g.dat_id WHERE g.key = ? AND d.complete = 1 ORDER BY d.id DESC LIMIT 1`,
    ),
    gameByName: database.prepare<[number, string], SetGame>(`${select} WHERE g.dat_id = ? AND g.name = ?`),
    roms: database.prepare<[number], SetRom>("SELECT name, crc FROM roms WHERE game_id = ?"),
    due: database
      .prepare<[], number>(
        "SELECT max(id) FROM sets_due WHERE EXISTS (SELECT 1 FROM dats WHERE complete = 1) HAVING max(id) > 0",
      )
      .pluck(),
    // Later rows stay: they became due in the meantime.
    done: database.prepare<[number]>("DELETE FROM sets_due WHERE id <= ?"),
    setProblem: database.prepare<[string, number]>("UPDATE entries SET problem = ? WHERE id = ?"),
  };
}

/** Has the sets compared at the next occasion; to be called in the transaction that changes a set or a DAT. */
export function createDueMark(database: Database): () => void {
  const clear = database.prepare("DELETE FROM sets_due");
  const mark = database.prepare("INSERT INTO sets_due DEFAULT VALUES");
  return () => {
    clear.run();
    mark.run();
  };
}
