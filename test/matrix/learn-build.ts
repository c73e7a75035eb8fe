import type { Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { NetplayClient } from "../helpers/netplay-client.ts";
import { rally } from "../helpers/rally.ts";
import { detectRetroArch } from "../../src/installation/index.ts";
import { highestProtocol } from "../../src/retroarch/index.ts";
import type { PlayerSetup } from "./play-cell.ts";
import { routes, startServer } from "./route.ts";

/** Facts about a RetroArch and a core build that show when they host. */
export interface BuildFacts {
  /** E.g. `1.14.0`. */
  readonly retroArch: string;
  /** As the core announces it, surrounding blanks included. */
  readonly coreVersion: string;
  /** Size of the core's savestate of the demo game. */
  readonly stateBytes: number;
}

/** A player's RetroArch and core, with its version. @throws Error when it does not print one. */
export async function describePlayer(program: string, library: string): Promise<PlayerSetup> {
  const version = await detectRetroArch(program);
  if (!version.ok) {
    throw new Error(version.reason);
  }
  const { text: retroArch, major, minor } = version.value;
  return {
    ...{ program, library, retroArch },
    highestProtocol: highestProtocol(version.value),
    hasSessionSwitch: major > 1 || minor >= 17,
  };
}

/** Lets it host the demo game and reads what it sends. */
export async function learnBuild(
  cleanup: Cleanup,
  { program, library }: PlayerSetup,
): Promise<Omit<BuildFacts, "retroArch">> {
  const host = { program, core: { library } };
  const server = await startServer(cleanup, host);
  const room = await routes[0].open(server, { cleanup, host, coreVersion: "" });
  const watcher = await NetplayClient.join({
    port: room.port,
    core: rally.core,
    crc: rally.crc,
    spectate: true,
  });
  cleanup.defer(() => watcher.socket.destroy());
  const state = await eventually("a savestate", () => watcher.savestates[0]);
  // Its room is not needed any more.
  await watcher.close();
  return {
    coreVersion: watcher.hostInfo?.coreVersion ?? "",
    stateBytes: state.uncompressedBytes,
  };
}
