import type { Port, SessionId } from "../shared/index.ts";
import { isPlanned, type EndCause } from "./end-cause.ts";
import type { Host } from "./host.ts";
import type { GatewayParts } from "./open-in-gateway.ts";

/** Gives back what a session holds, and tells why it ends. */
export class SessionEnd {
  readonly #sessionId: SessionId;
  readonly #host: Host;
  readonly #parts: GatewayParts;
  /** Logging the end reads the host's log, which is kept until then. */
  #logged = Promise.resolve();

  constructor(sessionId: SessionId, host: Host, parts: GatewayParts) {
    this.#sessionId = sessionId;
    this.#host = host;
    this.#parts = parts;
  }

  /** With the host's own words where something went wrong. */
  log(cause: EndCause, game: string, port: Port | undefined): void {
    this.#logged = this.#log(cause, { sessionId: this.#sessionId, game, port, cause });
  }

  async #log(cause: EndCause, facts: object): Promise<void> {
    if (isPlanned(cause)) {
      this.#parts.logger.info(facts, "session ends");
    } else {
      const hostLog = await this.#host.logTail();
      this.#parts.logger.error({ ...facts, hostLog }, "session failed");
    }
  }

  kill(): void {
    const facts = { sessionId: this.#sessionId, hostPid: this.#host.pid };
    this.#parts.logger.warn(facts, "the host ignored SIGTERM and is killed");
    this.#host.signal("SIGCONT", "SIGKILL");
  }

  /** The port is returned last: its next session must not meet this one's folder or host. */
  async release(port: Port | undefined): Promise<void> {
    const { logger, ports } = this.#parts;
    await this.#logged;
    try {
      await this.#host.clean();
    } catch (error) {
      logger.error({ sessionId: this.#sessionId, error }, "the session's folder could not be removed");
    }
    if (port !== undefined) {
      ports.release(port);
    }
  }
}
