import type { HostedGame } from "../game.ts";
import type { CoreConfig } from "../config.ts";
import type { Info, SavestateSizes } from "../netplay/index.ts";
import { formatCrc32, parseCrc32, type Crc32, type Result } from "../shared/index.ts";
import type { BuildOutcome } from "./core-build.ts";

/** A game with which builds can be tried. */
export interface Sample {
  /** The same content has the same id in every run. */
  readonly id: string;
  /** Hosts it for a moment with the `library` of this entry. */
  readonly host: (core: CoreConfig, signal: AbortSignal) => Promise<BuildOutcome>;
}

interface SampleGame extends HostedGame {
  /** As players announce it. */
  readonly base: string;
}

/** The games of one core. */
export interface SampleParts {
  readonly find: (base: string, crc: Crc32) => SampleGame | undefined;
  readonly some: (count: number) => readonly SampleGame[];
  /** Hosts a game until its first savestate has come; there is none when the library is another core. */
  readonly tryHosting: (
    game: HostedGame,
    signal: AbortSignal,
  ) => Promise<Result<{ readonly info: Info; readonly state: SavestateSizes | undefined }, string>>;
}

/** Games that are tried before a build counts as one that cannot host. */
const SAMPLES = 3;

/**
 * Games with which builds can be tried.
 *
 * @param preferred - Id of the sample that comes first if its game is still there.
 */
export function findSamples(preferred: string | undefined, parts: SampleParts): Sample[] {
  const first = preferred === undefined ? undefined : findAgain(preferred, parts);
  const others = parts.some(SAMPLES).filter(({ entryId }) => entryId !== first?.entryId);
  return [...(first === undefined ? [] : [first]), ...others].slice(0, SAMPLES).map((game) => ({
    id: idOf(game),
    host: (build, signal) => tryBuild({ ...game, core: build }, signal, parts),
  }));
}

function idOf({ crc, base }: SampleGame): string {
  return `${formatCrc32(crc)} ${base}`;
}

function findAgain(id: string, { find }: SampleParts): SampleGame | undefined {
  const [, digits = "", base = ""] = /^(\S+) (.*)$/s.exec(id) ?? [];
  const crc = parseCrc32(digits);
  const found = crc === undefined ? undefined : find(base, crc);
  return found !== undefined && idOf(found) === id ? found : undefined;
}

async function tryBuild(
  game: HostedGame,
  signal: AbortSignal,
  { tryHosting }: SampleParts,
): Promise<BuildOutcome> {
  const tried = await tryHosting(game, signal);
  if (!tried.ok) {
    return { netplay: false, reason: tried.reason };
  }
  const { info, state } = tried.value;
  return state === undefined
    ? { netplay: false, reason: `the library is the core ${info.coreName}: correct name or library` }
    : { netplay: true, version: info.coreVersion.trim(), ...state };
}
