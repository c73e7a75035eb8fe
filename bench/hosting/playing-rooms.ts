import type { Cleanup } from "../../test/helpers/cleanup.ts";
import type { Netplayd } from "../../test/helpers/netplayd.ts";
import { rally } from "../../test/helpers/rally.ts";
import { RetroArchClient } from "../../test/helpers/retroarch-client.ts";
import { startPipe } from "../measure/pipe.ts";
import { askFor } from "./ask.ts";
import { startBareHost } from "./bare-host.ts";

/** Processes of three rooms of two stock players each, which play at the same time. */
export interface PlayingRooms {
  /** Behind the gateway. */
  readonly host: number;
  /** Listens itself, and both players connect to it. */
  readonly bareHost: number;
  /** Listens itself, and both players come through a bare `node:net` pipe. */
  readonly pipedHost: number;
  readonly pipe: number;
}

/** Fills the three rooms; the games run when it resolves. */
export async function openPlayingRooms(server: Netplayd, cleanup: Cleanup): Promise<PlayingRooms> {
  const bare = await startBareHost(server.folder);
  cleanup.defer(() => bare.stop());
  const piped = await startBareHost(server.folder);
  cleanup.defer(() => piped.stop());
  const pipe = await startPipe(cleanup, [piped.port]);
  const { port } = await askFor(server, rally.crc);
  await joinTwo(server, cleanup, "bare", bare.port);
  await joinTwo(server, cleanup, "pipe", pipe.ports[0] ?? 0);
  await joinTwo(server, cleanup, "gateway", port);
  return { host: await server.hostPid(port), bareHost: bare.pid, pipedHost: piped.pid, pipe: pipe.pid };
}

async function joinTwo(server: Netplayd, cleanup: Cleanup, room: string, port: number): Promise<void> {
  for (const player of [1, 2]) {
    const client = await RetroArchClient.start({
      folder: server.folder,
      content: rally.file,
      port,
      nick: `${room}-${player}`,
    });
    cleanup.defer(() => client.stop());
    await client.joinedAs(player);
  }
}
