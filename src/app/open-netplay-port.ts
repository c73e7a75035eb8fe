import type { Catalog } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { CoreBuilds } from "../core-builds/index.ts";
import {
  createMatchmaker,
  createPersistentRoomMatchmaker,
  type MatchmakingParts,
} from "../matchmaking/index.ts";
import type { PersistentRooms } from "../persistent-rooms/index.ts";
import { foldName, OperatorError, type Clock, type Port } from "../shared/index.ts";
import type { Hosting } from "./hosting.ts";

interface NetplayPortParts extends Pick<MatchmakingParts, "find"> {
  readonly config: Config;
  readonly clock: Clock;
  readonly catalog: Pick<Catalog, "otherCrc">;
  readonly builds: Pick<CoreBuilds, "rows">;
  readonly persistent: PersistentRooms;
}

/**
 * Opens the netplay port, if the configuration has one.
 *
 * @throws OperatorError when it cannot be bound.
 */
export async function openNetplayPort(hosting: Hosting, parts: NetplayPortParts): Promise<Port | undefined> {
  const { config, clock, find, persistent, catalog, builds } = parts;
  const { host, port, rooms } = config.netplay;
  if (port === null) {
    return undefined;
  }
  const matchmaking: MatchmakingParts = {
    clock,
    find,
    asksPassword: rooms === "password",
    persistent,
    sessions: hosting.roomSessions,
    cores: config.cores,
    otherCrc: (core, crc) => catalog.otherCrc(core, crc),
    versionOf: (core, library) => hostedVersion(builds, core, library),
  };
  const opened = await hosting.gateway.openNetplayPort({
    host,
    port,
    matchmaker: createMatchmaker(matchmaking),
    persistent: persistent.all.map((room) => ({
      sessionId: room.id,
      name: room.name,
      matchmaker: createPersistentRoomMatchmaker(room, matchmaking),
      locked:
        room.password === null
          ? undefined
          : { password: room.password, spectatePassword: room.spectatePassword },
    })),
    relay: { ...config.relay, idleMs: config.relay.idleSeconds * 1000 },
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

/** The version of the first of these builds that hosts; empty while none is known. */
function hostedVersion(builds: Pick<CoreBuilds, "rows">, core: string, library?: string): string {
  const key = foldName(core);
  const versions = builds
    .rows()
    .filter((row) => foldName(row.core) === key && (library === undefined || row.library === library))
    .map(({ outcome }) => (outcome?.netplay === true ? outcome.version : ""));
  return versions.find((version) => version !== "") ?? "";
}
