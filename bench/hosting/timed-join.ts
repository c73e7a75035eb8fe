import { NetplayClient } from "../../test/helpers/netplay-client.ts";
import { rally } from "../../test/helpers/rally.ts";

export interface TimedJoin {
  readonly client: NetplayClient;
  /** From the call of connect() to the host's SYNC. */
  readonly syncMs: number;
}

/** A client that joins the demo game and plays. */
export function timedJoin(port: number, nick: string): Promise<TimedJoin> {
  return new Promise((resolve, reject) => {
    const fromMs = performance.now();
    const client = new NetplayClient({ port, nick, core: rally.core, crc: rally.crc });
    // Added after the client's own listeners, so the client has read the bytes when these are called.
    const look = (): void => {
      if (client.sync !== undefined) {
        client.socket.off("data", look);
        resolve({ client, syncMs: performance.now() - fromMs });
      }
    };
    client.socket.on("data", look);
    client.socket.once("close", () => {
      reject(new Error(`${nick} was not let in`));
    });
  });
}
