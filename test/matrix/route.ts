import { readdirSync } from "node:fs";
import { toCrc32, type SessionId } from "../../src/shared/index.ts";
import { encodeRequest } from "../../src/udp-control/client-codec.ts";
import type { Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { startPlayer } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";
import type { RetroArchClient } from "../helpers/retroarch-client.ts";

/** The server's core: one library, or a folder with builds, from which it takes the player's. */
export type HostedCore = { readonly library: string } | { readonly libraries: string };

/** The host: the server, or the owner of a relayed room. */
export interface HostSetup {
  /** Its RetroArch. */
  readonly program: string;
  readonly core: HostedCore;
}

/** Options for opening a room of the demo game. */
interface RoomOptions {
  readonly cleanup: Cleanup;
  readonly host: HostSetup;
  /** The core version of the players who come; empty: any. */
  readonly coreVersion: string;
}

/** A room, and how a stock RetroArch joins it. */
export interface Room {
  /** Below the folder for temporary files, which all distributions see. */
  readonly folder: string;
  readonly content: string;
  readonly port: number;
  /** The room's id, where a client has to name it. */
  readonly session?: SessionId;
  /** The player who hosts it and plays in it, as player 1. */
  readonly owner?: RetroArchClient;
  /** The netplay protocol of this client; undefined when it was not accepted, or in a relayed room. */
  readonly protocolOf: (nick: string) => unknown;
}

/** A way from a player to a room. */
export interface Route {
  readonly name: string;
  /** The server's own RetroArch hosts, with a core library of the server's. */
  readonly isHosted: boolean;
  /** @throws Error when the server refuses this player. */
  readonly open: (server: Netplayd, options: RoomOptions) => Promise<Room>;
}

/** A server with this RetroArch and core. If it has several builds, it has already let each host once. */
export async function startServer(
  cleanup: Cleanup,
  { program, core }: HostSetup,
  netplay: Readonly<Record<string, unknown>> = {},
): Promise<Netplayd> {
  const server = await Netplayd.start(cleanup, {
    netplay,
    retroarch: { binary: program },
    cores: [{ name: rally.core, ...core, netplay: "allow" }],
  });
  if ("libraries" in core) {
    const builds = readdirSync(core.libraries).length;
    await eventually("all builds tried", () => {
      return server.log.filter(({ msg }) => msg === "core build tried").length === builds;
    });
  }
  return server;
}

/** The version of the core that hosts for this player, as the host announces it. */
export async function hostedVersion(server: Netplayd, nick: string): Promise<string> {
  const room = (await server.sessions()).find(({ roster }) => roster.some((entry) => entry.nick === nick));
  const address = `127.0.0.1:${server.netplayPort}/${room?.id ?? "none"}`;
  const probed = await runNetplayd(["probe", address, "--info", "--json"]);
  if (probed.code !== 0) {
    throw new Error(`no core known for ${nick}: ${probed.stderr}`);
  }
  return (JSON.parse(probed.stdout) as { info: { coreVersion: string } }).info.coreVersion.trim();
}

/** A request for the game; the answer is the port of its session. */
const sessionPort: Route = {
  name: "session port",
  isHosted: true,
  async open(server, { coreVersion }) {
    return { ...describe(server), port: await request(server, coreVersion) };
  },
};

/** The same, but the players come through the netplay port, with the session's id. */
const sessionId: Route = {
  name: "session id",
  isHosted: true,
  async open(server, { coreVersion }) {
    const session = await server.session(await request(server, coreVersion));
    if (session === undefined) {
      throw new Error("the session that was asked for is gone");
    }
    return { ...describe(server), session: session.id };
  },
};

/** No request: the first player's connection opens the room. */
const quickJoin: Route = {
  name: "quick join",
  isHosted: true,
  open: (server) => Promise.resolve(describe(server)),
};

/** A player's stock RetroArch hosts, with the server as its relay. */
const relayedRoom: Route = {
  name: "relayed room",
  isHosted: false,
  async open(server, { cleanup, host }) {
    return { ...describe(server), ...(await openRelayedRoom(server, cleanup, host)) };
  },
};

/** Every route of the matrix. To add one, add an entry here. The first one needs the least. */
export const routes = [sessionPort, quickJoin, sessionId, relayedRoom] as const satisfies readonly Route[];

/** Lets a stock RetroArch host, relayed by this server. @param password - The room's password. */
export async function openRelayedRoom(
  server: Netplayd,
  cleanup: Cleanup,
  { program, core }: HostSetup,
  password?: string,
): Promise<{ readonly owner: RetroArchClient; readonly session: SessionId }> {
  if (!("library" in core)) {
    throw new Error("a player has one library");
  }
  const owner = await startPlayer(cleanup, server, {
    port: server.netplayPort,
    nick: "owner",
    hosts: true,
    binary: program,
    ...core,
    ...(password === undefined ? {} : { password }),
  });
  const room = await eventually("a relayed room", async () =>
    (await server.sessions()).find(({ kind }) => kind === "relayed"),
  );
  return { owner, session: room.id };
}

async function request(server: Netplayd, coreVersion: string): Promise<number> {
  const wanted = { core: rally.core, coreVersion, game: "", base: "", crc: toCrc32(rally.crc) };
  const port = await server.ask(encodeRequest(wanted));
  if (port === 0) {
    throw new Error(`not hosted: ${JSON.stringify(server.log.slice(-3))}`);
  }
  return port;
}

/** A room that is reached through the netplay port, unless the route changes that. */
function describe(server: Netplayd): Room {
  return {
    folder: server.folder,
    content: server.content,
    port: server.netplayPort,
    protocolOf: (nick) => server.logged("client joined", { nick })?.protocol,
  };
}
