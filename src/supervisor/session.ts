import {
  fail,
  newSessionId,
  ok,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
  type Timer,
} from "../shared/index.ts";
import type { HostLauncher } from "./host-launcher.ts";
import type { BackgroundProcess } from "../processes/index.ts";
import type { GatewayCommands } from "./gateway-commands.ts";
import type { PortPool } from "./port-pool.ts";
import type { SessionOrder } from "./session-order.ts";
import {
  nextDeadline,
  type EndCause,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  type SessionTimes,
} from "./session-state.ts";
import { step } from "./session-step.ts";

export interface OpenedSession {
  readonly sessionId: SessionId;
  /** Undefined for a session that is reached through the netplay port alone. */
  readonly port: Port | undefined;
  /** From the request to the host's RATS. */
  readonly startMs: number;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gateway: GatewayCommands;
  readonly ports: PortPool;
  readonly launcher: HostLauncher;
  readonly times: SessionTimes;
  /** Called once, when nothing of the session is left. */
  onGone(sessionId: SessionId, cause: EndCause): void;
}

/** The effects of one session: everything that its state machine asks for is done here and nowhere else. */
export class Session {
  readonly opened: Promise<Result<OpenedSession, EndCause>>;
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>;
  /** The process of its host; undefined before it is asked for, and when it could not be started. */
  hostPid: Promise<number | undefined> = Promise.resolve(undefined);
  readonly startedAt: Date;
  readonly #startedMs: number;
  #state: SessionState = { name: "reserved", awaited: false };
  #port: Port | undefined;
  #tunnelPort: Port | undefined;
  #host: BackgroundProcess | undefined;
  /** The strongest signal that was due before there was a process to send it to. */
  #pendingSignal: "SIGTERM" | "SIGKILL" | undefined;
  #timer: Timer | undefined;
  /** The end is logged with the host's own log, which must be there until then. */
  #ending: Promise<void> = Promise.resolve();
  readonly #gatewayOpening: Promise<void>;
  #answer!: (result: Result<OpenedSession, EndCause>) => void;
  #leave!: () => void;

  readonly id: SessionId;
  readonly order: SessionOrder;
  readonly #times: SessionTimes;
  readonly #parts: SessionParts;

  constructor(order: SessionOrder, parts: SessionParts) {
    this.id = order.room?.id ?? newSessionId();
    this.order = order;
    this.#parts = parts;
    this.#times = order.room?.keep === "always" ? { ...parts.times, idleMs: null } : parts.times;
    this.startedAt = parts.clock.date();
    this.#startedMs = parts.clock.now();
    this.opened = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
    this.#gatewayOpening = order.ownPort ? this.#openInGateway() : this.#openInGatewayWithoutPort();
  }

  get state(): SessionState {
    return this.#state;
  }

  get port(): Port | undefined {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#host?.pid;
  }

  /** Why it ends; undefined while it does not. */
  get #cause(): EndCause | undefined {
    return this.#state.name === "stopping" || this.#state.name === "gone" ? this.#state.cause : undefined;
  }

  /** The only way in which the session changes. */
  dispatch(event: SessionEvent): void {
    const { clock, logger } = this.#parts;
    const before = this.#state;
    const { state, effects } = step(before, event, clock.now(), this.#times);
    this.#state = state;
    if (state.name !== before.name) {
      logger.debug(
        { sessionId: this.id, from: before.name, to: state.name, event: event.type },
        "session state",
      );
    }
    for (const effect of effects) {
      this.#perform(effect);
    }
    this.#armTimer();
  }

  #perform(effect: SessionEffect): void {
    switch (effect) {
      case "spawn-host":
        this.hostPid = this.#spawnHost();
        return;
      case "answer-ready":
        this.#answerReady();
        return;
      case "answer-failed":
        this.#answerFailed();
        return;
      case "freeze":
        this.#parts.gateway.setHostAsleep(this.id, true);
        this.#host?.signal("SIGSTOP");
        return;
      case "thaw":
        this.#host?.signal("SIGCONT");
        this.#parts.gateway.setHostAsleep(this.id, false);
        return;
      case "log-ending":
        this.#ending = this.#logEnding();
        return;
      case "terminate":
        this.#end("SIGTERM");
        return;
      case "kill":
        this.#parts.logger.warn(
          { sessionId: this.id, hostPid: this.pid },
          "the host ignored SIGTERM and is killed",
        );
        this.#end("SIGKILL");
        return;
      case "close-gateway":
        void this.#closeInGateway();
        return;
      case "release":
        void this.#release();
    }
  }

  #armTimer(): void {
    const { clock } = this.#parts;
    this.#timer?.cancel();
    const deadline = nextDeadline(this.#state, this.#times);
    this.#timer =
      deadline === undefined
        ? undefined
        : clock.after(Math.max(0, deadline - clock.now()), () => {
            this.dispatch({ type: "tick" });
          });
  }

  /** Ports that somebody else on this machine has bound are passed over. */
  async #openInGateway(): Promise<void> {
    const { gateway, ports, logger } = this.#parts;
    const taken: Port[] = [];
    for (let port = ports.reserve(); port !== undefined; port = ports.reserve()) {
      const opened = await gateway.open(this.id, port, this.order);
      if (opened.ok) {
        this.#port = port;
        this.#tunnelPort = opened.value.tunnelPort;
        break;
      }
      logger.warn(
        { sessionId: this.id, port, reason: opened.reason },
        "a port of sessions.ports cannot be used",
      );
      taken.push(port);
      if (opened.reason === "address-unavailable") {
        break;
      }
    }
    taken.forEach((port) => {
      ports.release(port);
    });
    this.dispatch({ type: this.#port === undefined ? "gateway-failed" : "gateway-opened" });
  }

  async #openInGatewayWithoutPort(): Promise<void> {
    const opened = await this.#parts.gateway.open(this.id, undefined, this.order);
    if (opened.ok) {
      this.#tunnelPort = opened.value.tunnelPort;
    }
    this.dispatch({ type: opened.ok ? "gateway-opened" : "gateway-failed" });
  }

  async #spawnHost(): Promise<number | undefined> {
    const { launcher, logger } = this.#parts;
    const launched = await launcher.launch(this.id, this.order.game, this.#tunnelPort ?? 0);
    if (!launched.ok) {
      logger.error({ sessionId: this.id, error: launched.reason }, "the host could not be started");
      this.dispatch({ type: "spawn-failed" });
      return undefined;
    }
    const host = launched.value;
    this.#host = host;
    void host.exit.then((exit) => {
      logger.info({ sessionId: this.id, hostPid: host.pid, ...exit }, "host process ended");
      this.dispatch({ type: "exited" });
    });
    if (this.#pendingSignal !== undefined) {
      this.#end(this.#pendingSignal);
    }
    return host.pid;
  }

  #end(signal: "SIGTERM" | "SIGKILL"): void {
    this.#pendingSignal = signal;
    this.#host?.signal("SIGCONT");
    this.#host?.signal(signal);
  }

  #answerReady(): void {
    const startMs = this.#parts.clock.now() - this.#startedMs;
    this.#answer(ok({ sessionId: this.id, port: this.#port, startMs }));
  }

  #answerFailed(): void {
    if (this.#cause !== undefined) {
      this.#answer(fail(this.#cause));
    }
  }

  async #closeInGateway(): Promise<void> {
    await this.#gatewayOpening;
    await this.#parts.gateway.close(this.id);
    this.dispatch({ type: "gateway-closed" });
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
      this.#parts.onGone(this.id, this.#cause);
      this.#leave();
    }
  }

  async #logEnding(): Promise<void> {
    const { launcher, logger } = this.#parts;
    const cause = this.#cause;
    const facts = { sessionId: this.id, game: this.order.game.name, port: this.#port, cause };
    const expected = ["idle", "stopped", "evicted", "shutdown"].includes(cause ?? "");
    if (expected) {
      logger.info(facts, "session ends");
    } else {
      logger.error({ ...facts, hostLog: await launcher.logTail(this.id) }, "session failed");
    }
  }
}
