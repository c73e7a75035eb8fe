import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Config } from "../config.ts";
import { describeError } from "../shared/index.ts";
import { failed, good, warning, type Finding } from "./check.ts";

/** @param serving - How many sessions the running netplayd of this configuration has; it holds its ports rightly. Undefined: none runs. */
export async function checkPorts(
  { control, door, sessions }: Config,
  serving: number | undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [await checkOnePort(door, serving !== undefined)];
  if (serving !== undefined) {
    findings.push(good("control port", `a running netplayd holds UDP port ${control.port}`));
  } else {
    const problem = await tryUdp(control.host, control.port);
    findings.push(
      problem === undefined
        ? good("control port", `UDP port ${control.port} on ${control.host} is free`)
        : failed(
            "control port",
            `${problem}: end the program that holds it (ss -ulpn names it) or change control.`,
          ),
    );
  }
  findings.push(await checkSessionPorts(sessions, serving ?? 0));
  return findings;
}

async function checkOnePort({ host, port }: Config["door"], isServing: boolean): Promise<Finding> {
  const subject = "one port";
  if (port === null) {
    return warning(subject, "turned off: players need a request before they can join (door.port).");
  }
  const problem = isServing ? undefined : await tryTcp(host, port);
  if (problem !== undefined) {
    return failed(
      subject,
      `${problem}: end the program that holds it (ss -tlpn names it), or change door.port.`,
    );
  }
  return good(
    subject,
    isServing ? `a running netplayd holds TCP port ${port}` : `TCP port ${port} on ${host} is free`,
  );
}

/** @param held - Ports that running sessions hold rightly. */
async function checkSessionPorts({ host, ports, max }: Config["sessions"], held: number): Promise<Finding> {
  const range = `${ports.first}-${ports.last}`;
  let free = held;
  let problem = "";
  for (let port = ports.first; port <= ports.last; port++) {
    const found = await tryTcp(host, port);
    if (found === undefined) {
      free++;
    } else {
      problem = found;
    }
  }
  if (free === 0) {
    return failed(
      "session ports",
      `none of ${range} can be bound (${problem}): change sessions.host or sessions.ports.`,
    );
  }
  return free < max
    ? warning(
        "session ports",
        `${free} of ${range} are free, too few for ${max} sessions: widen sessions.ports.`,
      )
    : good("session ports", `${free} of ${range} are free`);
}

function tryUdp(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.once("error", (error) => {
      socket.close();
      resolve(describeError(error));
    });
    socket.bind(port, host, () => {
      socket.close(() => {
        resolve(undefined);
      });
    });
  });
}

function tryTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve(describeError(error));
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}
