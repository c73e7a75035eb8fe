import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { NetplayClient, type NetplayClientOptions } from "./netplay-client.ts";
import type { Netplayd } from "./netplayd.ts";
import { rally } from "./rally.ts";
import { RetroArchClient, type ClientOptions } from "./retroarch-client.ts";

/** Starts a stock RetroArch that joins the demo game; not waited for. */
export async function startPlayer(
  cleanup: Cleanup,
  server: Netplayd,
  options: Pick<ClientOptions, "port" | "nick"> & Partial<ClientOptions>,
): Promise<RetroArchClient> {
  const client = await RetroArchClient.start({ folder: server.folder, content: rally.file, ...options });
  cleanup.defer(() => client.stop());
  return client;
}

/** A stock RetroArch in the demo game, as this player. */
export async function joinAs(
  player: number,
  cleanup: Cleanup,
  server: Netplayd,
  options: Pick<ClientOptions, "port" | "nick">,
): Promise<RetroArchClient> {
  const client = await startPlayer(cleanup, server, options);
  await client.joinedAs(player);
  return client;
}

/** The small protocol client on its way into the demo game; not waited for. */
export function startSmallClient(
  cleanup: Cleanup,
  options: Pick<NetplayClientOptions, "port"> & Partial<NetplayClientOptions>,
): NetplayClient {
  const client = new NetplayClient({ core: rally.core, crc: rally.crc, ...options });
  cleanup.defer(() => client.socket.destroy());
  return client;
}

/** The small protocol client in the demo game. */
export async function joinSmallClient(
  cleanup: Cleanup,
  options: Pick<NetplayClientOptions, "port"> & Partial<NetplayClientOptions>,
): Promise<NetplayClient> {
  const client = startSmallClient(cleanup, options);
  const arrived = await eventually("SYNC", () => client.sync ?? client.end);
  if (typeof arrived === "string") {
    throw new Error(`${options.nick ?? "the client"} was not let in: connection ${arrived}`);
  }
  return client;
}
