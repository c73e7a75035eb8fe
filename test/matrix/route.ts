import { readFileSync } from "node:fs";
import path from "node:path";
import { toCrc32 } from "../../src/shared/index.ts";
import { encodeRequest } from "../../src/udp-control/request-codec.ts";
import type { Cleanup } from "../helpers/cleanup.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { rally } from "../helpers/rally.ts";

/** One core library that the server has. */
export interface HostedBuild {
  readonly library: string;
  /** Globs of the core versions for which the server takes it. */
  readonly versions: readonly string[];
}

/** What a route needs to open a room of the demo game. */
interface RoomWish {
  readonly cleanup: Cleanup;
  /** RetroArch of the host. */
  readonly program: string;
  readonly builds: readonly HostedBuild[];
  /** Of the players who are going to come; empty: whatever the server has. */
  readonly coreVersion: string;
}

/** A room, and how a stock RetroArch gets into it. */
export interface Room {
  readonly type: "open";
  /** Below the folder for temporary files, which all distributions see. */
  readonly folder: string;
  readonly content: string;
  readonly port: number;
  /** The netplay protocol that this client was let in with; undefined when it was not. */
  readonly protocolOf: (nick: string) => unknown;
  /** The host's log so far. */
  readonly hostLog: () => string;
}

/** The server has no room for this player; the reason is in its log. */
interface NoRoom {
  readonly type: "refused";
  readonly reason: string;
}

/** A way from a player to a room. */
export interface Route {
  readonly name: string;
  readonly open: (wish: RoomWish) => Promise<Room | NoRoom>;
}

/** A datagram asks for the game, the answer is the port of its session. */
const sessionPort: Route = {
  name: "session port",
  async open({ cleanup, program, builds, coreVersion }) {
    const server = await Netplayd.start(cleanup, {
      retroarch: { binary: program },
      cores: builds.map(({ library, versions }) => ({
        name: rally.core,
        library,
        versions,
        netplay: "allow",
      })),
    });
    const wanted = { core: rally.core, coreVersion, game: "", base: "", crc: toCrc32(rally.crc) };
    const port = await server.ask(encodeRequest(wanted));
    if (port === 0) {
      return { type: "refused", reason: whyNotHosted(server) };
    }
    return {
      type: "open",
      folder: server.folder,
      content: server.content,
      port,
      protocolOf: (nick) => server.logged("client joined", { nick })?.protocol,
      hostLog: () =>
        readFileSync(path.join(server.sessionsFolder, sessionFolder(server), "retroarch.log"), "latin1"),
    };
  },
};

/** Every route of the matrix: one more is one entry here. */
export const routes: readonly Route[] = [sessionPort];

/** What the log says about the session that did not come to life. */
function whyNotHosted({ log }: Netplayd): string {
  const warnings = log.filter(({ level }) => Number(level) >= 40);
  return JSON.stringify(warnings.length > 0 ? warnings : log.slice(-3));
}

function sessionFolder(server: Netplayd): string {
  const [folder, ...others] = server.sessionFolders();
  if (folder === undefined || others.length > 0) {
    throw new Error("expected exactly one session");
  }
  return folder;
}
