/** What all hosts of this machine have in common. */
export interface HostSetup {
  /** The RetroArch program: an absolute path, or a name to look up in PATH. */
  readonly binary: string;
  readonly infoDir: string;
  readonly systemDir: string | null;
  /** Netplay connections that a host accepts: the slots of a session and some that are on their way out. */
  readonly maxConnections: number;
}
