import type { Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { NetplayClient } from "../helpers/netplay-client.ts";
import { rally } from "../helpers/rally.ts";
import { detectRetroArch } from "../../src/installation/index.ts";
import type { PlayerSetup } from "./play-cell.ts";
import type { Route } from "./route.ts";

/** What can be seen of a RetroArch and a core build when they host. */
export interface BuildFacts {
  /** E.g. `1.14.0`. */
  readonly retroArch: string;
  /** As the core itself says it, surrounding blanks included. */
  readonly coreVersion: string;
  /** Size of the core's savestate of the demo game. */
  readonly stateBytes: number;
}

/** Lets it host the demo game and looks at what it sends. */
export async function learnBuild(
  cleanup: Cleanup,
  route: Route,
  { program, library }: PlayerSetup,
): Promise<BuildFacts> {
  const version = await detectRetroArch(program);
  const room = await route.open({
    cleanup,
    program,
    builds: [{ library, versions: ["*"] }],
    coreVersion: "",
  });
  if (!version.ok || room.type === "refused") {
    throw new Error(`it does not host: ${version.ok ? "" : version.reason} ${JSON.stringify(room)}`);
  }
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
    retroArch: version.value.text,
    coreVersion: watcher.hostInfo?.coreVersion ?? "",
    stateBytes: state.uncompressedBytes,
  };
}
