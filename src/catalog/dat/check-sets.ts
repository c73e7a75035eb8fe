import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import { archiveKindOf } from "../content-path.ts";
import { listZip } from "../zip-directory.ts";

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

/** Deeper than clone, parent, BIOS; ends a circle in the DAT. */
const MAX_PARENTS = 4;

/**
 * Compares every arcade set with what the DATs say that it needs: files of its own, and those that it shares with its
 * parent and its BIOS, in the set itself or in theirs beside it. What is lacking is kept with the entry.
 */
export function checkSets(database: Database): void {
  const statements = prepare(database);
  const crcsOf = createArchiveReader();
  const check = database.transaction((sets: readonly SetRow[]) => {
    for (const set of sets) {
      const problem = judgeSet(statements, set, crcsOf);
      if (problem !== set.problem) {
        statements.setProblem.run(problem, set.id);
      }
    }
  });
  const sets = statements.sets.all().filter(({ path: file }) => archiveKindOf(file) === "zip");
  if (sets.length > 0) {
    check.immediate(sets);
  }
}

type Statements = ReturnType<typeof prepare>;
type ArchiveReader = (file: string) => ReadonlySet<number> | undefined;

function judgeSet(statements: Statements, set: SetRow, crcsOf: ArchiveReader): string {
  const game = statements.gameByKey.get(set.baseKey);
  const own = crcsOf(set.path);
  if (game === undefined || own === undefined) {
    return "";
  }
  if (game.isBios === 1) {
    return "is a BIOS, not a game";
  }
  const lacking = statements.roms.all(game.id).filter(({ crc }) => !own.has(crc));
  return judgeLacking(statements, set, game, lacking, crcsOf);
}

/** A file that several sets list belongs to the one farthest up: the BIOS rather than the parent. */
function judgeLacking(
  statements: Statements,
  set: SetRow,
  game: SetGame,
  lacking: readonly SetRom[],
  crcsOf: ArchiveReader,
): string {
  let left = lacking;
  const absent: string[] = [];
  for (const above of setsAbove(statements, game).reverse()) {
    const archive = path.posix.join(path.posix.dirname(set.path), `${above.name}.zip`);
    const there = crcsOf(archive);
    const isThere = there !== undefined || existsSync(archive.replace(/zip$/, "7z"));
    if (!isThere && left.some(({ crc }) => above.crcs.has(crc))) {
      absent.unshift(`${above.name}.zip`);
    }
    // A BIOS comes in versions, any of which will do: what a set lists counts as provided when the set is there.
    left = left.filter(({ crc }) => !above.crcs.has(crc) && there?.has(crc) !== true);
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

/** CRCs of a zip's members, each zip read once; undefined when there is no such zip. */
function createArchiveReader(): ArchiveReader {
  const known = new Map<string, ReadonlySet<number> | undefined>();
  return (file) => {
    if (!known.has(file)) {
      known.set(file, readCrcs(file));
    }
    return known.get(file);
  };
}

function readCrcs(file: string): ReadonlySet<number> | undefined {
  let fd;
  try {
    fd = openSync(file, "r");
    const listing = listZip(fd, fstatSync(fd).size);
    return listing.ok ? new Set(listing.value.members.map(({ crc }) => crc)) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
    }
  }
}

function prepare(database: Database) {
  const select = "SELECT g.id, g.dat_id AS datId, g.name, g.parent, g.is_bios AS isBios FROM games g";
  return {
    sets: database.prepare<[], SetRow>(
      `SELECT id, path, base_key AS baseKey, problem FROM entries
       WHERE member = '' AND missing = 0 AND (path LIKE '%.zip' OR problem <> '')`,
    ),
    gameByKey: database.prepare<[string], SetGame>(
      `${select} JOIN dats d ON d.id = g.dat_id WHERE g.key = ? AND d.complete = 1 ORDER BY d.id DESC LIMIT 1`,
    ),
    gameByName: database.prepare<[number, string], SetGame>(`${select} WHERE g.dat_id = ? AND g.name = ?`),
    roms: database.prepare<[number], SetRom>("SELECT name, crc FROM roms WHERE game_id = ?"),
    setProblem: database.prepare<[string, number]>("UPDATE entries SET problem = ? WHERE id = ?"),
  };
}
