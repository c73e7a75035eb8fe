import type { HostedGame } from "../game.ts";
import path from "node:path";
import type { Config, CoreConfig } from "../config.ts";
import type { Info } from "../netplay/index.ts";
import { canHost, type RetroArchVersion } from "../retroarch/index.ts";
import type { RoomConfig } from "../room-config.ts";
import { foldName, type Crc32, type Result } from "../shared/index.ts";
import { checkCore } from "./check-core.ts";
import { checkContents, checkData } from "./check-data.ts";
import { checkOpenFiles } from "./check-open-files.ts";
import { checkPorts, type TryTcp } from "./check-ports.ts";
import { failed, good, warning, type Finding } from "./check.ts";

/** A game of the catalog whose file the last scan found. */
interface CatalogGame {
  readonly name: string;
  /** Name of its core. */
  readonly core: string;
  readonly path: string;
  /** As RetroArch takes it. */
  readonly content: string;
  readonly crc: Crc32;
  readonly state: "verified" | "unverified" | "broken" | "missing";
}

interface Build {
  readonly core: string;
  readonly library: string;
  /** Undefined: it was never tried. */
  readonly outcome:
    | { readonly netplay: true; readonly version: string; readonly stateSizeBytes: number }
    | { readonly netplay: false; readonly reason: string }
    | undefined;
}

/** The catalog, for as long as it is examined. */
export interface ExaminedCatalog {
  readonly games: readonly CatalogGame[];
  /** The name of a room's game, or what to do about it. */
  readonly findRoomGame: (room: RoomConfig) => Result<string, string>;
  /** Hosts its games for a moment; undefined without RetroArch. */
  readonly trials: Trials | undefined;
  readonly close: () => void;
}

interface Trials {
  readonly tryHosting: (
    game: HostedGame,
  ) => Promise<Result<{ readonly startMs: number; readonly info: Info }, string>>;
  /** Lets every build host that is not known yet. All builds of the configuration. */
  readonly learnBuilds: () => Promise<readonly Build[]>;
}

export interface ExamineParts {
  readonly retroarch: Result<RetroArchVersion, string>;
  readonly tryTcp: TryTcp;
  /** How many sessions the running netplayd of this configuration has; undefined: none runs. */
  readonly countSessions: () => Promise<number | undefined>;
  /** Called when the data folder is there. The reason of a failure says what to do. */
  readonly openCatalog: () => Promise<Result<ExaminedCatalog, string>>;
}

/** Looks for everything that can keep a game from being hosted; yields what it finds as it finds it. */
export async function* examine(config: Config, parts: ExamineParts): AsyncGenerator<Finding> {
  yield judgeRetroArch(config, parts.retroarch);
  for (const core of config.cores) {
    for (const library of core.libraries) {
      yield* await checkCore({ ...core, library }, config.retroarch);
    }
  }
  const data = await checkData(config.data);
  yield checkOpenFiles(config);
  const serving = await parts.countSessions();
  yield data;
  yield* await checkPorts(config, serving, parts.tryTcp);
  if (data.status !== "ok") {
    return;
  }
  const opened = await parts.openCatalog();
  if (!opened.ok) {
    yield failed("catalog", opened.reason);
    return;
  }
  try {
    yield* examineCatalog(config, opened.value);
  } finally {
    opened.value.close();
  }
}

async function* examineCatalog(
  { cores, rooms }: Config,
  { games, findRoomGame, trials }: ExaminedCatalog,
): AsyncGenerator<Finding> {
  yield await checkContents(games.map(({ path: file }) => file));
  for (const room of rooms) {
    const subject = `room ${room.name}`;
    const found = findRoomGame(room);
    yield found.ok
      ? good(subject, found.value)
      : failed(subject, `${room.game} cannot be hosted: ${found.reason}.`);
  }
  if (trials === undefined) {
    return;
  }
  let wasTried = false;
  for (const core of cores) {
    const tried = await tryCore(core, games, trials);
    wasTried ||= tried.status !== "warning";
    yield tried;
  }
  // Nothing is proved unless one game was up.
  if (!wasTried) {
    yield failed(
      "hosting",
      "was not tried: the games of the catalog belong to none of the configured cores; scan them again, or correct the cores' names.",
    );
  }
  yield* (await trials.learnBuilds()).map(judgeBuild);
}

function judgeRetroArch(config: Config, found: Result<RetroArchVersion, string>): Finding {
  if (!found.ok) {
    return failed("RetroArch", found.reason);
  }
  const { text } = found.value;
  return canHost(found.value)
    ? good("RetroArch", `${config.retroarch.binary}, version ${text}`)
    : failed("RetroArch", `version ${text} cannot host for netplayd: install 1.10 or newer.`);
}

/** Hosts a game of this core for a moment. */
async function tryCore(
  core: CoreConfig,
  games: readonly CatalogGame[],
  { tryHosting }: Trials,
): Promise<Finding> {
  const subject = `hosting with ${core.name}`;
  const game = promising(games.filter(({ core: name }) => foldName(name) === foldName(core.name)));
  if (game === undefined) {
    return warning(subject, "not tried: the catalog has no game for it.");
  }
  const { name, content, crc } = game;
  const tried = await tryHosting({ name, core, content, crc });
  if (!tried.ok) {
    return failed(subject, `${name} cannot be hosted: ${tried.reason}`);
  }
  const { startMs, info } = tried.value;
  return info.crc === crc || core.match === "name"
    ? good(subject, `${name} was up after ${Math.round(startMs)} ms, without a session bus`)
    : failed(subject, `${name} announces another CRC than the catalog has: scan its folder again.`);
}

/** A broken game would say nothing about the core. */
function promising(games: readonly CatalogGame[]): CatalogGame | undefined {
  const states = ["verified", "unverified", "broken"];
  return [...games].sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state))[0];
}

function judgeBuild({ core, library, outcome }: Build): Finding {
  const subject = `build ${path.basename(library)}`;
  if (outcome === undefined) {
    return warning(subject, `not tried: the catalog has no game for ${core}.`);
  }
  return outcome.netplay
    ? good(subject, `${core} ${outcome.version}, savestates of ${outcome.stateSizeBytes} bytes`)
    : warning(subject, `does not host: ${outcome.reason}`);
}
