import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import {
  createGateway,
  type Gateway,
  type GatewayEvent,
  type GatewayLimits,
} from "../../src/gateway/index.ts";
import { createSilentLogger } from "../../src/logging/index.ts";
import { newSessionId, toCrc32, toPort, type Port, type SessionId } from "../../src/shared/index.ts";
import { CountingClock } from "./netplay-clock.ts";
import { NetplayClient, type NetplayClientOptions } from "./netplay-client.ts";
import { FakeHost, type FakeHostOptions } from "./netplay-fake-host.ts";
import { eventually } from "./eventually.ts";

export const FAKE_CORE = "Fake Core";
export const FAKE_CRC = 0xe2c443c4;

export interface TestRoomOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly maxClients?: number;
  /** null: any content. */
  readonly crc?: number | null;
  readonly protocolHigh?: number;
  readonly listenOn?: string;
  /** null: no host dials in. */
  readonly host?: Partial<FakeHostOptions> | null;
}

type EventOf<Type extends GatewayEvent["type"]> = Extract<GatewayEvent, { type: Type }>;

/** A gateway with one open session, and a fake host behind it. */
export class TestRoom {
  readonly gateway: Gateway;
  readonly clock: CountingClock;
  readonly events: GatewayEvent[];
  readonly sessionId: SessionId;
  readonly port: Port;
  readonly tunnelPort: Port;
  readonly #host: FakeHost | undefined;
  readonly #clients: { socket: Socket }[] = [];

  private constructor(
    parts: Pick<TestRoom, "gateway" | "clock" | "events" | "sessionId" | "port" | "tunnelPort"> & {
      host: FakeHost | undefined;
    },
  ) {
    this.gateway = parts.gateway;
    this.clock = parts.clock;
    this.events = parts.events;
    this.sessionId = parts.sessionId;
    this.port = parts.port;
    this.tunnelPort = parts.tunnelPort;
    this.#host = parts.host;
  }

  static async open(options: TestRoomOptions = {}): Promise<TestRoom> {
    const events: GatewayEvent[] = [];
    const clock = new CountingClock();
    const gateway = createGateway({
      clock,
      logger: createSilentLogger(),
      protocolHigh: () => options.protocolHigh ?? 6,
      isHost: () => Promise.resolve(true),
      emit: (event) => events.push(event),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    const sessionId = newSessionId();
    const { port, tunnelPort } = await openOnFreePort(gateway, sessionId, options);
    const host =
      options.host === null
        ? undefined
        : await FakeHost.dial({ tunnelPort, answersPings: true, ...options.host });
    return new TestRoom({ gateway, clock, events, sessionId, port, tunnelPort, host });
  }

  get host(): FakeHost {
    if (this.#host === undefined) {
      throw new Error("this room was opened without a host");
    }
    return this.#host;
  }

  /** A client that stops where its options say; not waited for. */
  client(options: Partial<NetplayClientOptions> = {}): NetplayClient {
    const client = new NetplayClient({ port: this.port, core: FAKE_CORE, crc: FAKE_CRC, ...options });
    this.#clients.push(client);
    return client;
  }

  /** A client in the game, known to the gateway. */
  async join(options: Partial<NetplayClientOptions> = {}): Promise<NetplayClient> {
    const joined = this.of("joined").length;
    const client = this.client(options);
    await eventually("SYNC", () => client.sync !== undefined || client.end !== undefined);
    await eventually(`${options.nick ?? "the client"} to be in`, () => this.of("joined").length > joined);
    return client;
  }

  /** A connection that sends these bytes. */
  connect(bytes?: Uint8Array, port: number = this.port, localAddress?: string): RawConnection {
    const raw = new RawConnection(port, localAddress);
    this.#clients.push(raw);
    if (bytes !== undefined) {
      raw.socket.write(bytes);
    }
    return raw;
  }

  of<Type extends GatewayEvent["type"]>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  types(): string[] {
    return this.events.map((event) => event.type);
  }

  async sees(type: GatewayEvent["type"], count = 1): Promise<void> {
    await eventually(`event ${type} (${count})`, () => this.of(type).length >= count);
  }

  /** Closes everything; fails when the gateway has something open. */
  async close(): Promise<void> {
    await this.gateway.close(this.sessionId);
    this.#host?.close();
    this.#clients.forEach(({ socket }) => {
      socket.destroy();
    });
    await eventually("the gateway's timers to be gone", () => this.clock.pendingTimers === 0);
  }
}

/** A TCP connection that keeps what it receives. */
export class RawConnection {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  ended = false;
  /** The system's error code; undefined when it was closed without an error. */
  error: string | undefined;

  constructor(port: number, localAddress?: string) {
    const from = localAddress === undefined ? {} : { localAddress };
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, ...from });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    this.socket.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    this.socket.on("close", () => {
      this.ended = true;
    });
  }

  async end(deadlineMs?: number): Promise<void> {
    await eventually("the connection to be closed", () => this.ended, deadlineMs);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<Port> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return toPort(port);
}

async function openOnFreePort(
  gateway: Gateway,
  sessionId: SessionId,
  options: TestRoomOptions,
): Promise<{ port: Port; tunnelPort: Port }> {
  const { maxClients = 4, crc = FAKE_CRC, listenOn = "::" } = options;
  for (let attempt = 0; attempt < 10; attempt++) {
    const port = await freePort();
    const expected = { core: FAKE_CORE, crc: crc === null ? undefined : toCrc32(crc) };
    const opened = await gateway.open({ sessionId, host: listenOn, port, maxClients, ...expected });
    if (opened.ok) {
      return { port, tunnelPort: opened.value.tunnelPort };
    }
  }
  throw new Error("no free port in ten attempts");
}
