import type { HostedGame } from "../game.ts";
import type { PersistentRoom } from "../room-config.ts";
import {
  createDeferred,
  fail,
  newSessionId,
  ok,
  type Clock,
  type Port,
  type Result,
  type SessionId,
  type Timer,
} from "../shared/index.ts";
import type { EndCause } from "./end-cause.ts";
import type { Host } from "./host.ts";
import { openInGateway, type GatewayParts, type RoomPorts } from "./open-in-gateway.ts";
import { SessionEnd } from "./end-session.ts";
import type { SessionInfo } from "./session-info.ts";
import type { SessionEffect, SessionEvent, SessionTimes } from "./session-event.ts";
import { nextDeadline, step, type SessionState } from "./session-starting.ts";

/** Who wants a session. */
export interface Asker {
  readonly address: string;
  /** True for the address of a TCP connection. The sender of a datagram may be forged. */
  readonly isProven: boolean;
}

/** What is to be hosted, for whom, and how it is reached. */
export interface SessionOrder {
  readonly game: HostedGame;
  /** Who asked for it, for people. */
  readonly requester: string;
  /** For quotas; undefined: the operator. */
  readonly asker: Asker | undefined;
  /** Whether it gets a public port of its own. */
  readonly ownPort: boolean;
  /** Names its room; undefined: a public one. */
  readonly passwordHash?: string | undefined;
  /** The operator's room that it is the session of, which gives it its id. `always`: it is not reaped. */
  readonly room?: PersistentRoom | undefined;
}

export interface OpenedSession {
  readonly sessionId: SessionId;
  /** Undefined for a session that is reached through the netplay port alone. */
  readonly port: Port | undefined;
}

/** A place of `maxSessions`, as admission sees it. */
export interface Place {
  readonly sessionId: SessionId;
  readonly game: HostedGame;
  /** undefined: a room of the operator's. No quota counts it, and it never gives way. */
  readonly asker: Asker | undefined;
  /** When its session began to host, in milliseconds of the clock; undefined before. */
  readonly upSinceMs: number | undefined;
  readonly isEnding: boolean;
  /** Whether a client was ever in its game. */
  readonly wasJoined: boolean;
  /** Whether a client is on its way into the game. */
  readonly hasHandshake: boolean;
}

/** What all sessions are made with. */
export interface SessionParts extends GatewayParts {
  readonly clock: Clock;
  readonly createHost: (sessionId: SessionId, game: HostedGame) => Host;
  readonly times: SessionTimes;
  /** Client slots, spectators included; a room of the operator's has its own number. */
  readonly maxClients: number;
}

/** One session: the effects that its state machine asks for are carried out here and nowhere else. */
export class Session {
  readonly id: SessionId;
  readonly order: SessionOrder;
  readonly #parts: SessionParts;
  readonly #times: SessionTimes;
  readonly #host: Host;
  readonly #end: SessionEnd;
  readonly #startedAt: Date;
  readonly #opened = createDeferred<Result<OpenedSession, EndCause>>();
  readonly #gone = createDeferred<EndCause>();
  /** How it is reached, once its host hosts, or why it ended before. */
  readonly opened = this.#opened.promise;
  /** Resolves when nothing of it is left. */
  readonly gone = this.#gone.promise;
  #state: SessionState = { name: "reserved", awaited: false };
  #gatewayOpening = Promise.resolve();
  #ports: RoomPorts | undefined;
  #upSinceMs: number | undefined;
  #wasJoined = false;
  #timer: Timer | undefined;

  constructor(order: SessionOrder, parts: SessionParts) {
    this.id = order.room?.id ?? newSessionId();
    this.order = order;
    this.#startedAt = parts.clock.date();
    this.#parts = parts;
    this.#host = parts.createHost(this.id, order.game);
    this.#end = new SessionEnd(this.id, this.#host, parts);
    this.#times = order.room?.keep === "always" ? { ...parts.times, idleMs: null } : parts.times;
  }

  /** Does nothing for a session that was ended before. */
  start(): void {
    if (this.#state.name === "reserved") {
      this.#gatewayOpening = this.#openInGateway();
    }
  }

  /** True while it hosts or starts. */
  get isAlive(): boolean {
    return this.#cause === undefined;
  }

  get info(): SessionInfo {
    const { game, requester, passwordHash, room } = this.order;
    return {
      sessionId: this.id,
      game,
      requester,
      passwordHash,
      room: room?.name,
      startedAt: this.#startedAt,
      state: this.#state,
      port: this.#ports?.port,
      pid: this.#host.pid,
    };
  }

  /** Undefined for an evicted one, whose place is given to the next session already. */
  get place(): Place | undefined {
    if (this.#cause === "evicted") {
      return undefined;
    }
    return {
      sessionId: this.id,
      game: this.order.game,
      asker: this.order.asker,
      upSinceMs: this.#upSinceMs,
      isEnding: !this.isAlive,
      wasJoined: this.#wasJoined,
      hasHandshake: "awaited" in this.#state && this.#state.awaited,
    };
  }

  /** The process of its host; waits for one that is being started. */
  hostPid(): Promise<number | undefined> {
    return this.#host.whenStarted();
  }

  /** The only way in which the session changes. */
  dispatch(event: SessionEvent): void {
    const { clock, logger } = this.#parts;
    const before = this.#state;
    const { state, effects } = step(before, event, clock.now(), this.#times);
    this.#state = state;
    this.#wasJoined ||= state.name === "playing";
    if (state.name !== before.name) {
      const facts = { sessionId: this.id, from: before.name, to: state.name, event: event.type };
      logger.debug(facts, "session state");
    }
    for (const effect of effects) {
      this.#perform(effect);
    }
    this.#armTimer();
  }

  #perform(effect: SessionEffect): void {
    switch (effect) {
      case "spawn-host":
        void this.#startHost();
        return;
      case "answer-ready":
        this.#upSinceMs = this.#parts.clock.now();
        this.#opened.resolve(ok({ sessionId: this.id, port: this.#ports?.port }));
        return;
      case "answer-failed":
        if (this.#cause !== undefined) {
          this.#opened.resolve(fail(this.#cause));
        }
        return;
      case "freeze":
        this.#parts.gateway.setHostAsleep(this.id, true);
        this.#host.signal("SIGSTOP");
        return;
      case "thaw":
        this.#host.signal("SIGCONT");
        this.#parts.gateway.setHostAsleep(this.id, false);
        return;
      case "close-gateway":
        void this.#closeInGateway();
        return;
      case "log-ending":
        if (this.#cause !== undefined) {
          this.#end.log(this.#cause, this.order.game.name, this.#ports?.port);
        }
        return;
      case "terminate":
        this.#host.signal("SIGCONT", "SIGTERM");
        return;
      case "kill":
        this.#end.kill();
        return;
      case "release":
        void this.#release();
    }
  }

  #armTimer(): void {
    const { clock } = this.#parts;
    this.#timer?.cancel();
    const deadline = nextDeadline(this.#state, this.#times);
    const tick = (): void => {
      this.dispatch({ type: "tick" });
    };
    this.#timer = deadline === undefined ? undefined : clock.after(Math.max(0, deadline - clock.now()), tick);
  }

  async #openInGateway(): Promise<void> {
    const { game, room, ownPort } = this.order;
    const wanted = {
      sessionId: this.id,
      maxClients: room?.maxClients ?? this.#parts.maxClients,
      core: game.core.name,
      crc: game.core.match === "name" || game.crc === 0 ? undefined : game.crc,
    };
    this.#ports = await openInGateway(wanted, ownPort, this.#parts);
    this.dispatch({ type: this.#ports === undefined ? "gateway-failed" : "gateway-opened" });
  }

  async #startHost(): Promise<void> {
    const { logger } = this.#parts;
    const started = await this.#host.start(this.#ports?.tunnelPort ?? 0);
    if (!started.ok) {
      logger.error({ sessionId: this.id, error: started.reason }, "the host could not be started");
      this.dispatch({ type: "spawn-failed" });
      return;
    }
    const { pid, exit } = started.value;
    const how = await exit;
    logger.info({ sessionId: this.id, hostPid: pid, ...how }, "host process ended");
    this.dispatch({ type: "exited" });
  }

  /** Why it ends; undefined while it does not. */
  get #cause(): EndCause | undefined {
    return this.#state.name === "stopping" || this.#state.name === "gone" ? this.#state.cause : undefined;
  }

  async #closeInGateway(): Promise<void> {
    await this.#gatewayOpening;
    await this.#parts.gateway.close(this.id);
    this.dispatch({ type: "gateway-closed" });
  }

  async #release(): Promise<void> {
    await this.#end.release(this.#ports?.port);
    if (this.#cause !== undefined) {
      this.#gone.resolve(this.#cause);
    }
  }
}
