import type { GameQuery, HostedGame } from "../game.ts";
import type { Catalog } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { BuildRow, CoreBuilds } from "../core-builds/index.ts";
import type { NoRoom } from "../join-request.ts";
import type { PersistentRooms } from "../persistent-rooms/index.ts";
import { fail, foldName, OperatorError, toCrc32, type Port, type Result } from "../shared/index.ts";
import type { Hosting } from "./hosting.ts";
import { showCore, showVersion } from "./show-difference.ts";

interface NetplayPortParts extends ExplanationParts {
  readonly persistent: PersistentRooms;
}

/**
 * Opens the netplay port, if the configuration has one.
 *
 * @throws OperatorError when it cannot be bound.
 */
export async function openNetplayPort(
  hosting: Hosting,
  find: (wanted: GameQuery) => Result<HostedGame, string>,
  parts: NetplayPortParts,
): Promise<Port | undefined> {
  const { host, port } = parts.config.netplay;
  if (port === null) {
    return undefined;
  }
  const explain = createExplanation(parts);
  const opened = await hosting.openNetplayPort({
    find: (wanted) => {
      const found = find(wanted);
      return found.ok ? found : fail(explain(found.reason, wanted));
    },
    persistent: parts.persistent,
    versionOf: ({ name, library }) =>
      hostingVersion(parts.builds, (row) => row.core === name && row.library === library),
  });
  if (!opened.ok) {
    throw new OperatorError(
      opened.reason === "port-in-use"
        ? `TCP port ${port} on ${host} is held by another program: end that one (ss -tlpn names it), or change netplay.port (null turns it off).`
        : `TCP port ${port} on ${host} cannot be bound: set netplay.host to an address of this machine (:: is all of them), and netplay.port to a port above 1023.`,
    );
  }
  return opened.value;
}

interface ExplanationParts {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly builds: Pick<CoreBuilds, "rows">;
}

/**
 * Finds what to show a player who gets no room, so that RetroArch names the difference, or `netplayd check` does. The own core
 * with a CRC of 0, which RetroArch compares with nothing: this core's games are found by name.
 */
function createExplanation({
  config,
  catalog,
  builds,
}: ExplanationParts): (reason: string, wanted: GameQuery) => NoRoom {
  return (reason, { core: coreName, coreVersion, crc: own }) => {
    const [first] = config.cores;
    const key = foldName(coreName);
    const named = config.cores.filter(({ name }) => foldName(name) === key);
    switch (reason) {
      case "unknown-core":
        return first === undefined ? { reason } : { reason, show: showCore(first.name) };
      case "core-version":
        return {
          reason,
          show: showVersion(
            coreName,
            hostingVersion(builds, (row) => foldName(row.core) === key),
          ),
        };
      case "unknown-game":
      case "content-missing":
      case "content-changed": {
        const crc = named.some(({ match }) => match === "name")
          ? toCrc32(0)
          : catalog.otherCrc(coreName, own);
        return crc === undefined ? { reason } : { reason, show: { coreName, coreVersion, crc } };
      }
      default:
        return { reason };
    }
  };
}

/** The version of the first of these builds that hosts; empty while none is known. */
function hostingVersion(builds: ExplanationParts["builds"], which: (row: BuildRow) => boolean): string {
  const versions = builds
    .rows()
    .filter(which)
    .map(({ outcome }) => (outcome?.netplay === true ? outcome.version : ""));
  return versions.find((version) => version !== "") ?? "";
}
