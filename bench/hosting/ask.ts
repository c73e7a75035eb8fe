import { createSocket } from "node:dgram";
import path from "node:path";
import { createAdminClient, SOCKET_NAME } from "../../src/admin/index.ts";
import { eventually } from "../../test/helpers/eventually.ts";
import type { Netplayd } from "../../test/helpers/netplayd.ts";
import { processState } from "../../test/helpers/process-facts.ts";
import { rallyRequest } from "../../test/helpers/rally.ts";

export interface Answer {
  readonly port: number;
  /** From the datagram to its answer. */
  readonly answerMs: number;
}

/** Asks for the game with this CRC by one datagram. */
export async function askFor(server: Netplayd, crc: number): Promise<Answer> {
  const socket = createSocket("udp4");
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        const fromMs = performance.now();
        socket.once("message", (reply) => {
          resolve({ port: reply.readUInt16BE(0), answerMs: performance.now() - fromMs });
        });
        socket.send(rallyRequest({ crc }), server.controlPort, "127.0.0.1");
      });
    });
    if (answer.port === 0) {
      throw new Error("the request was refused");
    }
    return answer;
  } finally {
    socket.close();
  }
}

/** Resolves when the session's host is stopped; answers with its process id. */
export async function asleep(server: Netplayd, port: number): Promise<number> {
  const pid = await server.hostPid(port);
  await eventually("the host sleeps", () => processState(pid) === "T");
  return pid;
}

/** Ends the session on this port; resolves when it is gone. */
export async function stopSession(server: Netplayd, port: number): Promise<void> {
  const id = (await server.session(port))?.id;
  if (id !== undefined) {
    await createAdminClient(path.join(server.dataFolder, SOCKET_NAME)).stopSession(id);
  }
  await eventually("the session is gone", async () => (await server.session(port)) === undefined);
}
