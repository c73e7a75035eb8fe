// The door in a process of its own for `bench:door`: opens as many sessions as its argument says and prints their ports.
import { createDoor } from "../src/door/index.ts";
import { createSilentLogger } from "../src/logging/index.ts";
import { newSessionId, systemClock, toPort } from "../src/shared/index.ts";
import { freeTcpRange } from "../test/helpers/free-ports.ts";
import { game, type SessionPorts } from "./door/target.ts";

const PROTOCOL = 6;

const count = Number(process.argv[2]);
const door = createDoor({
  clock: systemClock,
  logger: createSilentLogger(),
  protocolHigh: () => PROTOCOL,
  isHost: () => Promise.resolve(true),
  emit: () => undefined,
});
const first = await freeTcpRange(count);
const rooms: SessionPorts[] = [];
for (let port = first; port < first + count; port++) {
  const room = { host: "127.0.0.1", port: toPort(port), maxClients: 4, core: game.core, crc: undefined };
  const opened = await door.open({ sessionId: newSessionId(), ...room });
  if (!opened.ok) {
    throw new Error(`port ${port}: ${opened.reason}`);
  }
  rooms.push({ port, tunnelPort: opened.value.tunnelPort });
}
process.once("disconnect", () => process.exit());
process.send?.(rooms);
