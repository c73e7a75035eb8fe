import type { Socket } from "node:net";
import {
  createGateway,
  type Gateway,
  type GatewayEvent,
  type GatewayLimits,
  type PersistentRoomEntry,
} from "../../src/gateway/index.ts";
import type { JoinRequest, Matchmaker, NoRoom, RoomPass } from "../../src/join-request.ts";
import { encodeTunnelMessage } from "../../src/netplay/index.ts";
import { createMemoryLogger } from "../../src/logging/index.ts";
import {
  fail,
  newSessionId,
  ok,
  sessionIdFromBytes,
  sessionIdToBytes,
  toCrc32,
  type Port,
  type Result,
  type SessionId,
} from "../../src/shared/index.ts";
import { CountingClock } from "./netplay-clock.ts";
import { NetplayClient, type NetplayClientOptions } from "./netplay-client.ts";
import { FakeHost, type FakeHostOptions } from "./netplay-fake-host.ts";
import { FAKE_CORE, FAKE_CRC, RawConnection } from "./netplay-room.ts";
import { eventually } from "./eventually.ts";

export interface TestNetplayPortOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly maxClients?: number;
  readonly protocolHigh?: number;
  /** Settings of the sessions that quick joins open. */
  readonly host?: Partial<FakeHostOptions>;
  readonly relay?: { enabled?: boolean; maxRooms?: number; maxClients?: number; idleMs?: number };
  /** The INFO for a player with another game. */
  readonly show?: NoRoom["show"];
  /** The matchmaker answers only when this resolves. */
  readonly until?: Promise<void>;
  readonly isFull?: boolean;
  /** Persistent rooms, whose session is opened when a client comes. */
  readonly persistent?: readonly Pick<PersistentRoomEntry, "sessionId" | "locked">[];
  /** Passwords name rooms. */
  readonly salt?: number;
}

/** A gateway with its netplay port, and a fake host for every session. */
export class TestNetplayPort {
  readonly clock = new CountingClock();
  readonly events: GatewayEvent[] = [];
  /** The join requests of clients. */
  readonly requests: JoinRequest[] = [];
  readonly hosts: FakeHost[] = [];
  readonly lines: readonly Record<string, unknown>[];
  readonly gateway: Gateway;
  port = 0 as Port;
  readonly #options: TestNetplayPortOptions;
  /** The password that names its room. */
  readonly #sessions = new Map<SessionId, string | undefined>();
  readonly #opening = new Map<SessionId, Promise<unknown>>();
  readonly #sockets: { socket: Socket }[] = [];
  /** Hosts that may already accept clients, and are not in `hosts` yet. */
  #dialling = 0;

  private constructor(options: TestNetplayPortOptions) {
    const { logger, lines } = createMemoryLogger("debug");
    this.#options = options;
    this.lines = lines;
    this.gateway = createGateway({
      clock: this.clock,
      logger,
      protocolHigh: () => options.protocolHigh ?? 6,
      isHost: () => Promise.resolve(true),
      emit: (event) => this.events.push(event),
      limits: options.limits ?? {},
    });
  }

  static async open(options: TestNetplayPortOptions = {}): Promise<TestNetplayPort> {
    const test = new TestNetplayPort(options);
    const opened = await test.gateway.openNetplayPort({
      host: "::",
      port: 0,
      matchmaker: test.#matchmaker(),
      persistent: (options.persistent ?? []).map(({ sessionId, locked }) => ({
        sessionId,
        name: "Friday",
        locked,
        matchmaker: test.#persistentMatchmaker(sessionId),
      })),
      relay: { enabled: true, maxRooms: 4, maxClients: 4, idleMs: 60_000, ...options.relay },
    });
    if (!opened.ok) {
      throw new Error(opened.reason);
    }
    test.port = opened.value;
    return test;
  }

  /** A session without a port of its own, and its host. */
  async openSession(
    options: Partial<FakeHostOptions> = {},
    passwordHash?: string,
    sessionId = newSessionId(),
  ): Promise<{ id: SessionId; host: FakeHost }> {
    const { maxClients = 4 } = this.#options;
    const expected = { core: FAKE_CORE, crc: toCrc32(FAKE_CRC) };
    const opened = await this.gateway.open({
      sessionId,
      host: "::",
      port: undefined,
      maxClients,
      ...expected,
    });
    if (!opened.ok) {
      throw new Error(opened.reason);
    }
    this.#sessions.set(sessionId, passwordHash);
    this.#dialling++;
    try {
      const host = await FakeHost.dial({ tunnelPort: opened.value.tunnelPort, ...options });
      this.hosts.push(host);
      return { id: sessionId, host };
    } finally {
      this.#dialling--;
    }
  }

  /** A host of a relayed room. */
  async relayedHost(options: Partial<FakeHostOptions> = {}): Promise<{ id: SessionId; host: FakeHost }> {
    const host = await FakeHost.dial({ tunnelPort: this.port, ...options });
    this.hosts.push(host);
    const id = host.sessionId === undefined ? undefined : sessionIdFromBytes(host.sessionId);
    if (id === undefined) {
      throw new Error("the relay gave no session");
    }
    return { id, host };
  }

  /** A client that quick-joins, or joins this session; not waited for. */
  client(options: Partial<NetplayClientOptions> = {}, session?: SessionId): NetplayClient {
    const preamble = session === undefined ? {} : { preamble: joining(session) };
    const client = new NetplayClient({
      port: this.port,
      core: FAKE_CORE,
      crc: FAKE_CRC,
      ...preamble,
      ...options,
    });
    this.#sockets.push(client);
    return client;
  }

  /** The same, waited for until its host has sent SYNC. */
  /** The supervisor does the same with the hosts of empty sessions. */
  putHostsToSleep(): void {
    this.#sessions.forEach((_, sessionId) => {
      this.gateway.setHostAsleep(sessionId, true);
    });
  }

  async join(options: Partial<NetplayClientOptions> = {}, session?: SessionId): Promise<NetplayClient> {
    const client = this.client(options, session);
    await eventually("SYNC", () => client.sync !== undefined || client.end !== undefined);
    if (client.sync === undefined) {
      throw new Error(`${options.nick ?? "the client"} was not let in`);
    }
    await eventually("its host", () => this.#dialling === 0);
    return client;
  }

  connect(bytes?: Uint8Array, localAddress?: string): RawConnection {
    const raw = new RawConnection(this.port, localAddress);
    this.#sockets.push(raw);
    if (bytes !== undefined) {
      raw.socket.write(bytes);
    }
    return raw;
  }

  /** Facts of the log lines with this message. */
  logged(message: string): Record<string, unknown>[] {
    return this.lines.filter((line) => line.msg === message);
  }

  async logs(message: string, facts: Record<string, unknown> = {}): Promise<void> {
    await eventually(`log line "${message}" ${JSON.stringify(facts)}`, () =>
      this.logged(message).some((line) => Object.entries(facts).every(([key, value]) => line[key] === value)),
    );
  }

  /** Closes everything; fails when the gateway has something open. */
  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#sessions.keys()].map((id) => this.gateway.close(id)),
      this.gateway.closeNetplayPort(),
    ]);
    this.hosts.forEach((host) => {
      host.close();
    });
    this.#sockets.forEach(({ socket }) => {
      socket.destroy();
    });
    await eventually("the gateway's timers to be gone", () => this.clock.pendingTimers === 0);
  }

  #matchmaker(): Matchmaker {
    const { show, until, isFull = false, salt } = this.#options;
    return {
      place: async (request, enter) => {
        this.requests.push(request);
        await until;
        const [locked] = request.passes;
        if (locked !== undefined) {
          return this.#enterPersistent(locked, enter);
        }
        if (request.crc !== FAKE_CRC || request.coreName !== FAKE_CORE) {
          return fail({ reason: "unknown-game", ...(show === undefined ? {} : { show }) });
        }
        for (;;) {
          const pass = { sessionId: await this.#roomFor(request), mayPlay: true };
          if (enter(pass)) {
            return ok(pass);
          }
        }
      },
      objection: () => (isFull ? "full" : undefined),
      ...(salt === undefined ? {} : { salt: () => salt }),
    };
  }

  #persistentMatchmaker(sessionId: SessionId): PersistentRoomEntry["matchmaker"] {
    return {
      loaded: () => ({ coreName: FAKE_CORE, coreVersion: "1.0", crc: toCrc32(FAKE_CRC) }),
      place: async (request, enter) => {
        this.requests.push(request);
        await this.#options.until;
        return this.#enterPersistent(request.passes[0] ?? { sessionId, mayPlay: true }, enter);
      },
      objection: (address) => {
        if (this.gateway.isKicked(sessionId, address)) {
          return "denied";
        }
        return this.#sessions.has(sessionId) && !this.gateway.hasSlotFor(sessionId, address)
          ? "full"
          : undefined;
      },
    };
  }

  async #enterPersistent(
    pass: RoomPass,
    enter: (pass: RoomPass) => boolean,
  ): Promise<Result<RoomPass, NoRoom>> {
    const opened =
      this.#opening.get(pass.sessionId) ?? this.openSession(this.#options.host, "fixed", pass.sessionId);
    this.#opening.set(pass.sessionId, opened);
    await opened;
    return enter(pass) ? ok(pass) : fail({ reason: "full" });
  }

  async #roomFor({ address, passwordHash }: JoinRequest): Promise<SessionId> {
    const found = [...this.#sessions].find(
      ([id, name]) => name === passwordHash && this.gateway.hasSlotFor(id, address),
    );
    return found?.[0] ?? (await this.openSession(this.#options.host, passwordHash)).id;
  }
}

/** The first bytes of a client that joins a session through the netplay port. */
export function joining(session: SessionId): Buffer {
  return encodeTunnelMessage({ type: "session", id: sessionIdToBytes(session) });
}
