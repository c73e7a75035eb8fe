import { createSocket } from "node:dgram";
import type { Config } from "../config.ts";
import { describeError } from "../shared/index.ts";
import { failed, good, warning, type Finding } from "./check.ts";

/** Why the gateway could not listen there now; undefined when it could. */
export type TryTcp = (
  host: string,
  port: number,
) => Promise<"port-in-use" | "address-unavailable" | undefined>;

/** @param serving - How many sessions the running netplayd of this configuration has; it holds its ports rightly. Undefined: none runs. */
export async function checkPorts(
  { control, netplay, sessions }: Config,
  serving: number | undefined,
  tryTcp: TryTcp,
): Promise<Finding[]> {
  const isServing = serving !== undefined;
  return [
    await checkNetplayPort(netplay, isServing, tryTcp),
    await checkControlPort(control, isServing),
    await checkSessionPorts(sessions, serving ?? 0, tryTcp),
  ];
}

async function checkControlPort({ host, port }: Config["control"], isServing: boolean): Promise<Finding> {
  const subject = "control port";
  if (isServing) {
    return good(subject, `a running netplayd holds UDP port ${port}`);
  }
  const problem = await tryUdp(host, port);
  return problem === undefined
    ? good(subject, `UDP port ${port} on ${host} is free`)
    : failed(subject, `${problem}: end the program that holds it (ss -ulpn names it) or change control.`);
}

async function checkNetplayPort(
  { host, port }: Config["netplay"],
  isServing: boolean,
  tryTcp: TryTcp,
): Promise<Finding> {
  const subject = "netplay port";
  if (port === null) {
    return warning(subject, "turned off: players need a request before they can join (netplay.port).");
  }
  if (isServing) {
    return good(subject, `a running netplayd holds TCP port ${port}`);
  }
  switch (await tryTcp(host, port)) {
    case undefined:
      return good(subject, `TCP port ${port} on ${host} is free`);
    case "port-in-use":
      return failed(
        subject,
        `another program holds TCP port ${port} on ${host}: end that one (ss -tlpn names it), or change netplay.port.`,
      );
    case "address-unavailable":
      return failed(
        subject,
        `TCP port ${port} on ${host} cannot be bound: set netplay.host to an address of this machine, and netplay.port to a port above 1023.`,
      );
  }
}

/** @param held - Ports that running sessions hold rightly. */
async function checkSessionPorts(
  { host, ports, max }: Config["sessions"],
  held: number,
  tryTcp: TryTcp,
): Promise<Finding> {
  const subject = "session ports";
  const range = `${ports.first}-${ports.last}`;
  let free = held;
  let hasAddress = false;
  for (let port = ports.first; port <= ports.last; port++) {
    const fault = await tryTcp(host, port);
    free += fault === undefined ? 1 : 0;
    hasAddress ||= fault !== "address-unavailable";
  }
  if (free === 0) {
    return failed(
      subject,
      hasAddress
        ? `other programs hold all of ${range}: change sessions.ports.`
        : `none of ${range} can be bound on ${host}: set sessions.host to an address of this machine, and sessions.ports to ports above 1023.`,
    );
  }
  return free < max
    ? warning(subject, `${free} of ${range} are free, too few for ${max} sessions: widen sessions.ports.`)
    : good(subject, `${free} of ${range} are free`);
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
