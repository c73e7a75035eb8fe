import type { BackgroundProcess } from "../processes/index.ts";
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
import { logEnding, type EndCause } from "./end-cause.ts";
import type { HostLauncher } from "./host-launcher.ts";
import { openInGateway, type GatewayParts } from "./open-in-gateway.ts";
import type { SessionInfo } from "./session-info.ts";
import type { Place, SessionOrder } from "./session-order.ts";
import type { SessionEffect, SessionEvent, SessionState, SessionTimes } from "./session-state.ts";
import { nextDeadline, step } from "./session-step.ts";

export interface OpenedSession {
  readonly sessionId: SessionId;
  /** Undefined for a session that is reached through the netplay port alone. */
  readonly port: Port | undefined;
  /** From the request to the host's RATS. */
  readonly startMs: number;
}

/** What all sessions are made with. */
export interface SessionParts extends GatewayParts {
  readonly clock: Clock;
  readonly launcher: HostLauncher;
  readonly times: SessionTimes;
}

/** One session: the effects that its state machine asks for are carried out here and nowhere else. */
export class Session {
  readonly id: SessionId;
  readonly order: SessionOrder;
  readonly #parts: SessionParts;
  readonly #times: SessionTimes;
  readonly #startedAt: Date;
  readonly #startedMs: number;
  readonly #opened = createDeferred<Result<OpenedSession, EndCause>>();
  readonly #gone = createDeferred<EndCause>();
  /** How it is reached, once its host hosts, or why it ended before. */
  readonly opened = this.#opened.promise;
  /** Resolves when nothing of it is left. */
  readonly gone = this.#gone.promise;
  #state: SessionState = { name: "reserved", awaited: false };
  #gatewayOpening = Promise.resolve();
  #port: Port | undefined;
  #tunnelPort: Port | undefined;
  /** Undefined before the process is asked for, and when it could not be started. */
  #host: Promise<BackgroundProcess | undefined> = Promise.resolve(undefined);
  #pid: number | undefined;
  #upSinceMs: number | undefined;
  #wasJoined = false;
  #timer: Timer | undefined;
  /** Logging the end reads the host's log, which is kept until then. */
  #ending = Promise.resolve();

  constructor(order: SessionOrder, parts: SessionParts) {
    this.id = order.room?.id ?? newSessionId();
    this.order = order;
    this.#parts = parts;
    this.#times = order.room?.keep === "always" ? { ...parts.times, idleMs: null } : parts.times;
    this.#startedAt = parts.clock.date();
    this.#startedMs = parts.clock.now();
  }

  start(): void {
    this.#gatewayOpening = this.#openInGateway();
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
      port: this.#port,
      pid: this.#pid,
      idleAtMs: this.#state.name === "standby" ? (this.#state.idleAt ?? undefined) : undefined,
    };
  }

  /** What admission has to know of it; undefined for an evicted one, whose place is given to the next session already. */
  get place(): Place | undefined {
    if (this.#cause === "evicted") {
      return undefined;
    }
    return {
      sessionId: this.id,
      asker: this.order.asker,
      upSinceMs: this.#upSinceMs,
      isEnding: !this.isAlive,
      wasJoined: this.#wasJoined,
      hasHandshake: "awaited" in this.#state && this.#state.awaited,
    };
  }

  /** The process of its host; waits for one that is being started. */
  async hostPid(): Promise<number | undefined> {
    return (await this.#host)?.pid;
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
        this.#host = this.#spawnHost();
        return;
      case "answer-ready":
        this.#answerReady();
        return;
      case "answer-failed":
        this.#answerFailed();
        return;
      case "freeze":
        this.#parts.gateway.setHostAsleep(this.id, true);
        this.#signal("SIGSTOP");
        return;
      case "thaw":
        this.#signal("SIGCONT");
        this.#parts.gateway.setHostAsleep(this.id, false);
        return;
      case "close-gateway":
        void this.#closeInGateway();
        return;
      case "log-ending":
        this.#ending = this.#logEnding();
        return;
      case "terminate":
        this.#signal("SIGCONT", "SIGTERM");
        return;
      case "kill":
        this.#parts.logger.warn(
          { sessionId: this.id, hostPid: this.#pid },
          "the host ignored SIGTERM and is killed",
        );
        this.#signal("SIGCONT", "SIGKILL");
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
    const opened = await openInGateway(this.id, this.order, this.#parts);
    this.#port = opened?.port;
    this.#tunnelPort = opened?.tunnelPort;
    this.dispatch({ type: opened === undefined ? "gateway-failed" : "gateway-opened" });
  }

  async #spawnHost(): Promise<BackgroundProcess | undefined> {
    const { launcher, logger } = this.#parts;
    const launched = await launcher.launch(this.id, this.order.game, this.#tunnelPort ?? 0);
    if (!launched.ok) {
      logger.error({ sessionId: this.id, error: launched.reason }, "the host could not be started");
      this.dispatch({ type: "spawn-failed" });
      return undefined;
    }
    const { pid, exit } = launched.value;
    this.#pid = pid;
    void exit.then((how) => {
      logger.info({ sessionId: this.id, hostPid: pid, ...how }, "host process ended");
      this.dispatch({ type: "exited" });
    });
    return launched.value;
  }

  #answerReady(): void {
    this.#upSinceMs = this.#parts.clock.now();
    const startMs = this.#upSinceMs - this.#startedMs;
    this.#opened.resolve(ok({ sessionId: this.id, port: this.#port, startMs }));
  }

  #answerFailed(): void {
    if (this.#cause !== undefined) {
      this.#opened.resolve(fail(this.#cause));
    }
  }

  /** In the order of the calls. A process that is still being started gets its signals when it runs. */
  #signal(...names: Parameters<BackgroundProcess["signal"]>[0][]): void {
    void this.#host.then((host) => {
      names.forEach((name) => host?.signal(name));
    });
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

  async #logEnding(): Promise<void> {
    if (this.#cause !== undefined) {
      const facts = { sessionId: this.id, game: this.order.game.name, port: this.#port };
      await logEnding(facts, this.#cause, this.#parts);
    }
  }

  /** The port is returned last: its next session must not meet this one's folder or host. */
  async #release(): Promise<void> {
    const { launcher, logger, ports } = this.#parts;
    await this.#ending;
    try {
      await launcher.clean(this.id);
    } catch (error) {
      logger.error({ sessionId: this.id, error }, "the session's folder could not be removed");
    }
    if (this.#port !== undefined) {
      ports.release(this.#port);
    }
    if (this.#cause !== undefined) {
      this.#gone.resolve(this.#cause);
    }
  }
}
