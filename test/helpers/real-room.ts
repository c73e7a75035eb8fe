import path from "node:path";
import { parseConfig } from "../../src/config.ts";
import { createGateway, type GatewayEvent, type GatewayLimits } from "../../src/gateway/index.ts";
import { createSilentLogger } from "../../src/logging/index.ts";
import { newSessionId, systemClock, toCrc32, toPort } from "../../src/shared/index.ts";
import { Host } from "../../src/supervisor/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { freeTcpRange } from "./free-ports.ts";
import { rally } from "./rally.ts";
import { nestopia } from "./retroarch-client.ts";

type EventOf<Type extends GatewayEvent["type"]> = Extract<GatewayEvent, { type: Type }>;

export interface RealRoom {
  readonly port: number;
  readonly of: <Type extends GatewayEvent["type"]>(type: Type) => EventOf<Type>[];
}

/** A gateway with other limits than netplayd's, and one room of the demo game with a stock host that never sleeps. */
export async function openRealRoom(cleanup: Cleanup, limits: Partial<GatewayLimits>): Promise<RealRoom> {
  const folder = cleanup.folder();
  const cores = `cores: [{ name: ${rally.core}, library: ${nestopia.library}, netplay: allow }]`;
  const config = parseConfig(cores, folder);
  const core = config.ok ? config.value.cores[0] : undefined;
  if (core === undefined) {
    throw new Error(JSON.stringify(config));
  }
  const events: GatewayEvent[] = [];
  const of: RealRoom["of"] = (type) =>
    events.filter((event): event is EventOf<typeof type> => event.type === type);
  const [clock, logger, sessionId] = [systemClock, createSilentLogger(), newSessionId()];
  const isHost = (): Promise<boolean> => Promise.resolve(true);
  const emit = (event: GatewayEvent): void => void events.push(event);
  const gateway = createGateway({ clock, logger, limits, protocolHigh: () => 6, isHost, emit });
  const port = toPort(await freeTcpRange(1));
  const crc = toCrc32(rally.crc);
  const expected = { core: rally.core, crc };
  const opened = await gateway.open({ sessionId, host: "127.0.0.1", port, maxClients: 8, ...expected });
  if (!opened.ok) {
    throw new Error(opened.reason);
  }
  cleanup.defer(() => gateway.close(sessionId));
  const infoDir = path.dirname(nestopia.infoFile);
  const setup = { binary: "retroarch", infoDir, systemDir: null, maxConnections: 9 };
  const game = { name: "rally", core, content: rally.file, crc };
  const session = new Host(path.join(folder, "session"), game, setup, { clock, logger });
  const host = await session.start(opened.value.tunnelPort);
  if (!host.ok) {
    throw new Error(host.reason);
  }
  cleanup.defer(async () => {
    host.value.signal("SIGKILL");
    await host.value.exit;
  });
  await eventually("the host hosts", () => of("ready").length === 1);
  return { port, of };
}
