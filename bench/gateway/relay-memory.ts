import type { Cleanup } from "../../test/helpers/cleanup.ts";
import { residentMiB, socketsOf } from "../../test/helpers/process-facts.ts";
import { note, printTable } from "../measure/table.ts";
import type { Crowd } from "./crowd.ts";
import { startRelay } from "./servers.ts";

const ROOMS = 1_000;
/** The number of rooms that play for a while. */
const PLAYING_ROOMS = 50;
const PLAY_MS = 5_000;
/** Until V8 has collected the garbage of five thousand handshakes. */
const SETTLE_MS = 30_000;

/** The memory that a thousand relayed rooms take in a netplayd without other work. */
export async function measureRelayMemory(crowd: Crowd, clients: number, cleanup: Cleanup): Promise<void> {
  const relay = await startRelay(cleanup, ROOMS);
  const row = (what: string): string[] => {
    const { all, own } = residentMiB(relay.pid);
    return [what, String(socketsOf(relay.pid).tcpConnections), all.toFixed(0), own.toFixed(0)];
  };
  const rows = [row("no room")];
  const name = "a thousand rooms";
  note(`opening ${ROOMS} relayed rooms`);
  await crowd.open(name, { type: "relay", port: relay.port }, ROOMS, clients);
  rows.push(row(`${ROOMS} rooms of ${clients}, just come`));
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  rows.push(row(`the same, ${SETTLE_MS / 1000} s later`));
  await crowd.play(name, PLAYING_ROOMS);
  await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
  await crowd.pause();
  rows.push(row(`the same, after ${PLAYING_ROOMS} of them have played for ${PLAY_MS / 1000} s`));
  printTable(
    "Memory of netplayd with relayed rooms (MiB)",
    ["what", "connections", "resident", "of which its own"],
    rows,
  );
}
