import { COMMAND, encodeCommand, encodeSavestate } from "../../src/netplay/index.ts";
import type { Pair } from "./target.ts";

const MIB = 1024 * 1024;

/** The limit of bytes between the ends, so that memory is not measured. */
const IN_FLIGHT_BYTES = 4 * MIB;

const savestate = encodeCommand(
  COMMAND.loadSavestate,
  encodeSavestate({ frame: 0, uncompressedBytes: MIB }, Buffer.alloc(MIB, 0x5a)),
);

/** Sends savestates of 1 MiB from host to client for this time; resolves with the bytes that arrived. */
export function sendBulk({ client, host }: Pair, durationMs: number): Promise<number> {
  const untilMs = performance.now() + durationMs;
  let sent = 0;
  let received = 0;
  return new Promise((resolve, reject) => {
    const send = (): void => {
      while (sent - received < IN_FLIGHT_BYTES && performance.now() < untilMs) {
        sent += savestate.length;
        host.write(savestate);
      }
    };
    const onClose = (): void => {
      reject(new Error("the link was closed in the middle of the bulk"));
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.length;
      send();
      if (sent === received) {
        client.off("data", onData);
        client.off("close", onClose);
        resolve(received);
      }
    };
    client.on("data", onData);
    client.once("close", onClose);
    send();
  });
}
