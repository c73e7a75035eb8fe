// The gateway in a process of its own for `bench:gateway`: opens as many sessions as its argument says and prints their ports.
import { createGateway } from "../src/gateway/index.ts";
import { createSilentLogger } from "../src/logging/index.ts";
import { newSessionId, systemClock, toPort } from "../src/shared/index.ts";
import { freeTcpRange } from "../test/helpers/free-ports.ts";
import { game, type SessionPorts } from "./gateway/target.ts";

const PROTOCOL = 6;

const count = Number(process.argv[2]);
const gateway = createGateway({
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
  const opened = await gateway.open({ sessionId: newSessionId(), ...room });
  if (!opened.ok) {
    throw new Error(`port ${port}: ${opened.reason}`);
  }
  rooms.push({ port, tunnelPort: opened.value.tunnelPort });
}
process.once("disconnect", () => process.exit());
process.send?.(rooms);
