import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Catalog } from "../../src/catalog/index.ts";
import { createAdminClient, SOCKET_NAME } from "../../src/admin/index.ts";
import { CATALOG_FILE } from "../../src/config.ts";
import type { Cleanup } from "../../test/helpers/cleanup.ts";
import { Netplayd } from "../../test/helpers/netplayd.ts";
import { residentMiB } from "../../test/helpers/process-facts.ts";
import { rally, rallyRequest } from "../../test/helpers/rally.ts";
import { askFor } from "../hosting/ask.ts";
import { crcOfGame, fillCatalog } from "./million.ts";

export interface LookupRun {
  /** The server's own figures of its last 10,000 lookups, in microseconds. */
  readonly medianUs: number;
  readonly p99Us: number;
  /** The server's memory after them. */
  readonly residentMiB: number;
}

const WARM_UP = 2_000;
const MEASURED = 10_000;
/** The server answers a burst of 64 to an address, and then fewer. */
const REQUESTS_AN_ADDRESS = 50;
const ANSWER_MS = 10_000;

/** A server, not started, with the demo game and this many more in its catalog; it knows the demo's core. */
export async function prepareServer(
  cleanup: Cleanup,
  open: (file: string) => Catalog,
  entries: number,
): Promise<Netplayd> {
  const server = await Netplayd.start(cleanup, { sessions: { max: 1, idleSeconds: 3_600 } });
  // Otherwise it would try the core with every requested game.
  await server.logs("core build tried");
  await server.stop();
  const catalog = open(path.join(server.dataFolder, CATALOG_FILE));
  await fillCatalog(catalog, path.join(server.folder, "games"), entries, rally.core);
  catalog.close();
  return server;
}

/**
 * Asks the running server for games at random, one request after the other, by real datagrams. The demo has its only
 * session, so each game is looked up, found and refused because there is no free session.
 */
export async function askServer(server: Netplayd, entries: number): Promise<LookupRun> {
  // Read into the page cache, like the scanned files: some machines remove files that were not read for a while.
  readFileSync(path.join(server.dataFolder, CATALOG_FILE));
  await server.serve();
  try {
    await askFor(server, rally.crc);
    for (let asked = 0; asked < WARM_UP + MEASURED; asked += REQUESTS_AN_ADDRESS) {
      const source = asked / REQUESTS_AN_ADDRESS;
      const games = Array.from({ length: REQUESTS_AN_ADDRESS }, () => Math.floor(Math.random() * entries));
      await askInTurn(server.controlPort, `127.2.${source >> 8}.${source & 0xff}`, games);
    }
    const stranger = server.log.find(({ reason }) => reason !== undefined && reason !== "max-sessions");
    if (stranger !== undefined) {
      throw new Error(`not every request was looked up: ${JSON.stringify(stranger)}`);
    }
    const status = await createAdminClient(path.join(server.dataFolder, SOCKET_NAME)).status();
    if (!status.ok || status.value.lookups.count < WARM_UP + MEASURED) {
      throw new Error(`the server did not count its lookups: ${JSON.stringify(status)}`);
    }
    const { medianUs, p99Us } = status.value.lookups;
    return { medianUs: medianUs ?? NaN, p99Us: p99Us ?? NaN, residentMiB: residentMiB(server.pid).all };
  } finally {
    await server.stop();
  }
}

/** Sends the next request when the one before is answered. */
async function askInTurn(port: number, address: string, games: readonly number[]): Promise<void> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      const left = [...games];
      const timeout = setTimeout(() => {
        reject(new Error(`${left.length} requests from ${address} were not answered`));
      }, ANSWER_MS);
      const next = (): void => {
        const game = left.pop();
        if (game === undefined) {
          clearTimeout(timeout);
          resolve();
        } else {
          socket.send(rallyRequest({ crc: crcOfGame(game) }), port, "127.0.0.1");
        }
      };
      socket.once("error", reject).on("message", next).bind(0, address, next);
    });
  } finally {
    socket.close();
  }
}
