import { encodeNickCommand } from "../../src/netplay/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { NetplayClient, type NetplayClientOptions } from "./netplay-client.ts";
import type { Netplayd } from "./netplayd.ts";
import { rally } from "./rally.ts";
import { RetroArchClient, type ClientOptions } from "./retroarch-client.ts";
import { TcpTap } from "./tcp-tap.ts";

/** Starts a stock RetroArch that joins the demo game; not waited for. */
export async function startPlayer(
  cleanup: Cleanup,
  server: Netplayd,
  options: Pick<ClientOptions, "port" | "nick"> & Partial<ClientOptions>,
): Promise<RetroArchClient> {
  const client = await RetroArchClient.start({ folder: server.folder, content: server.content, ...options });
  cleanup.defer(() => client.stop());
  return client;
}

/**
 * A stock RetroArch that joins a room with a password, and has typed this password; not waited for further. It goes through a tap, which
 * shows when it is asked: RetroArch opens the question and then sends its nickname.
 */
export async function startTypingPlayer(
  cleanup: Cleanup,
  password: string,
  options: ClientOptions,
): Promise<RetroArchClient> {
  const tap = await TcpTap.open(options.port);
  cleanup.defer(() => tap.close());
  const client = await RetroArchClient.start({ ...options, port: tap.port, menu: true });
  cleanup.defer(() => client.stop());
  const nick = encodeNickCommand(options.nick);
  await eventually(`${options.nick} is asked for a password`, () => tap.hasHeard(nick)).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${client.log().split("\n").slice(-25).join("\n")}`);
    },
  );
  await client.type(password);
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

/** The small protocol client, joining the demo game; not waited for. */
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
