import type { Catalog } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { NoRoom } from "../door/index.ts";
import type { FixedRooms } from "../fixed-rooms/index.ts";
import type { FoundGame, WantedGame } from "../host-game.ts";
import {
  coreKey,
  fail,
  OperatorError,
  toCrc32,
  type Crc32,
  type Port,
  type Result,
} from "../shared/index.ts";
import type { Hosting } from "./hosting.ts";
import { showCore, showVersion } from "./show-difference.ts";

interface OnePortParts {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly fixed: FixedRooms;
}

/**
 * Opens the one port, if the configuration has one.
 *
 * @throws OperatorError when it cannot be bound.
 */
export async function openOnePort(
  hosting: Hosting,
  find: (wanted: WantedGame) => Result<FoundGame, string>,
  { config, catalog, fixed }: OnePortParts,
): Promise<Port | undefined> {
  const { host, port } = config.door;
  if (port === null) {
    return undefined;
  }
  const explain = createExplanation(config, catalog);
  const opened = await hosting.openOnePort((wanted) => {
    const found = find(wanted);
    return found.ok ? found : fail(explain(found.reason, wanted));
  }, fixed);
  if (!opened.ok) {
    const what =
      opened.reason === "port-in-use" ? "is held by another program (ss -tlpn names it)" : "cannot be bound";
    throw new OperatorError(
      `TCP port ${port} on ${host} ${what}: end that program, or change door in the configuration (port: null turns it off).`,
    );
  }
  return opened.value;
}

/** Finds what to show a player whose game is not hosted here, so that RetroArch names the difference. */
function createExplanation(config: Config, catalog: Catalog): (reason: string, wanted: WantedGame) => NoRoom {
  const crcs = new Map<string, Crc32>();
  // Once for a core: a long catalog takes a while to list.
  const someCrc = (core: string): Crc32 => {
    const crc = crcs.get(core) ?? catalog.list({ core, missing: false })[0]?.crc ?? toCrc32(0);
    crcs.set(core, crc);
    return crc;
  };
  return (reason, { core, coreVersion }) => {
    const [first] = config.cores;
    if (reason === "unknown-core" && first !== undefined) {
      return { reason, show: showCore(first.name) };
    }
    if (reason === "core-version") {
      return { reason, show: showVersion(core) };
    }
    const isOtherGame = reason === "unknown-game" || reason === "content-missing";
    const crc = isOtherGame ? someCrc(coreKey(core)) : toCrc32(0);
    return crc === 0 ? { reason } : { reason, show: { coreName: core, coreVersion, crc } };
  };
}
