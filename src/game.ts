import type { CoreConfig } from "./config.ts";
import type { Crc32, Result } from "./shared/index.ts";

/** A game that somebody asks for, under the names and numbers that a player's RetroArch knows. */
export interface GameQuery {
  /** The core's libretro `library_name`, never empty. */
  readonly core: string;
  /** The core's libretro `library_version` as it stands, surrounding blanks included; empty: any. */
  readonly coreVersion: string;
  /** Display name of the game; may be empty. */
  readonly game: string;
  /** Base file name without extension; may be empty. */
  readonly base: string;
  /** 0: unknown. */
  readonly crc: Crc32;
}

/** A game that is hosted, or that can be. */
export interface HostedGame {
  /** The catalog's id of it, where it comes from the catalog. */
  readonly entryId?: number;
  /** For people: the content's name. */
  readonly name: string;
  readonly core: CoreConfig;
  /** What RetroArch is given: an absolute path, `archive.zip#member` for a member of an archive. */
  readonly content: string;
  /** The CRC that the host will announce; 0 when it is not known. */
  readonly crc: Crc32;
}

/** Looks a game up among all that can be hosted; the reason is a literal. */
export type FindGame = (wanted: GameQuery) => Result<HostedGame, string>;
