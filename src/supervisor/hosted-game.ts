import type { CoreConfig } from "../config.ts";
import type { Crc32 } from "../shared/index.ts";

/** What a session hosts. */
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

/** What all hosts of this machine have in common. */
export interface HostSetup {
  /** The RetroArch program: an absolute path, or a name to look up in PATH. */
  readonly binary: string;
  readonly infoDir: string;
  readonly systemDir: string | null;
  /** Netplay connections that a host accepts: the seats of a session and some that are on their way out. */
  readonly maxConnections: number;
}
