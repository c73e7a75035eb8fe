import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Cleanup } from "../../test/helpers/cleanup.ts";
import { eventually } from "../../test/helpers/eventually.ts";
import { freeTcpRange } from "../../test/helpers/free-ports.ts";
import { Netplayd } from "../../test/helpers/netplayd.ts";
import { takesConnections } from "../../test/helpers/tcp.ts";
import type { SessionPorts } from "./target.ts";

const gatewayProgram = path.resolve(import.meta.dirname, "../gateway-server.ts");

/** Our gateway with this many sessions, in a process of its own. */
export async function startGateway(
  cleanup: Cleanup,
  sessions: number,
): Promise<{ readonly pid: number; readonly rooms: SessionPorts[] }> {
  const child = fork(gatewayProgram, [String(sessions)]);
  cleanup.defer(() => child.kill("SIGKILL"));
  const failed = once(child, "exit").then(() => {
    throw new Error("the gateway did not start");
  });
  const [rooms] = (await Promise.race([once(child, "message"), failed])) as [SessionPorts[]];
  failed.catch(() => undefined);
  return { pid: pidOf(child), rooms };
}

const DAY_SECONDS = 86_400;

/** The built netplayd as a relay for this many rooms, which may be silent for any time. */
export async function startRelay(
  cleanup: Cleanup,
  rooms: number,
): Promise<{ readonly pid: number; readonly port: number }> {
  const { pid, netplayPort } = await Netplayd.start(cleanup, {
    relay: { maxRooms: rooms, idleSeconds: DAY_SECONDS },
  });
  return { pid, port: netplayPort };
}

/**
 * libretro's own relay, retroarch_tunnel_server.py of github.com/libretro/netplay-tunnel-server, without limits and log.
 *
 * @param script - Where that file is.
 */
export async function startTunnelServer(
  cleanup: Cleanup,
  script: string,
): Promise<{ readonly pid: number; readonly port: number }> {
  const folder = cleanup.folder();
  const port = await freeTcpRange(1);
  const config = [
    "[Server]",
    `Port = ${port}`,
    "Timeout = 120",
    "[Session]",
    "Max = 0",
    "Clients = 0",
    "[Log]",
    "Path = tunnel.log",
    "Level = none",
  ];
  const file = path.join(folder, "tunnel.ini");
  writeFileSync(file, config.join("\n"));
  // As its README says: without assertions and documentation strings.
  const child = spawn("python3", ["-OO", path.resolve(script), file], { cwd: folder, stdio: "ignore" });
  cleanup.defer(() => child.kill("SIGKILL"));
  await eventually("libretro's tunnel server listens", () => takesConnections(port));
  return { pid: pidOf(child), port };
}

function pidOf({ pid }: { readonly pid?: number | undefined }): number {
  if (pid === undefined) {
    throw new Error("a process did not start");
  }
  return pid;
}
