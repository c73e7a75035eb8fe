import type { GameQuery } from "../game.ts";
import type { HostedSession, HostRefusal, Requester } from "../host-game.ts";
import {
  addressGroup,
  fail,
  formatAddress,
  formatCrc32,
  TokenBuckets,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import { AnsweredRequests } from "./answered-requests.ts";
import { DEFAULT_CONTROL_LIMITS, type ControlLimits } from "./control-limits.ts";
import { RepeatedRequests } from "./repeated-requests.ts";
import {
  decodeRequest,
  encodeReply,
  REFUSED,
  SHORTEST_REQUEST_BYTES,
  type HostReply,
} from "./request-codec.ts";

/** Sends a reply to where the datagram came from; never rejects. */
type Answer = (reply: Uint8Array) => Promise<void>;

interface ControlServerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<ControlLimits>;
  /** Opens a session for a request. Must settle: `stop` waits for it. */
  hostGame(request: GameQuery, from: Requester): Promise<Result<HostedSession, HostRefusal>>;
  /** Whether a request is worked on only when it is repeated; a first copy is not answered then. */
  isUnderPressure(): boolean;
  /** False once a session is over. */
  isAlive(sessionId: SessionId): boolean;
}

/** One request in progress, with all who wait for its outcome: copies of one datagram, so one sender. */
interface Attempt {
  /** The sender's address and the datagram. */
  readonly key: string;
  readonly request: GameQuery;
  readonly from: Requester;
  readonly waiting: Answer[];
}

/** Decides about datagrams; knows neither sockets nor games. */
export class ControlServer {
  readonly #parts: ControlServerParts;
  readonly #limits: ControlLimits;
  readonly #requests: TokenBuckets;
  readonly #malformed: TokenBuckets;
  readonly #repeatedRequests = new RepeatedRequests();
  readonly #attempts = new Map<string, Attempt>();
  readonly #answered: AnsweredRequests;
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(parts: ControlServerParts) {
    this.#parts = parts;
    this.#limits = { ...DEFAULT_CONTROL_LIMITS, ...parts.limits };
    this.#requests = new TokenBuckets(this.#limits.requests);
    this.#malformed = new TokenBuckets(this.#limits.malformed);
    this.#answered = new AnsweredRequests((id) => parts.isAlive(id), this.#limits.remembered);
  }

  receive(datagram: Uint8Array, from: Requester, answer: Answer): void {
    // Another server could take a reply to something this short for a request, and answer it, and so on.
    // A forged datagram may name port 0, to which nothing can be sent.
    if (datagram.length < SHORTEST_REQUEST_BYTES || from.port === 0) {
      this.#ignore(from.port === 0 ? "no-source-port" : "too-short", from);
      return;
    }
    const decoded = decodeRequest(datagram);
    const nowMs = this.#parts.clock.now();
    const group = addressGroup(from.address);
    if (!decoded.ok) {
      this.#ignore(decoded.reason, from);
      if (this.#malformed.take(group, nowMs)) {
        void answer(encodeReply(REFUSED));
      }
    } else if (this.#requests.take(group, nowMs)) {
      const key = `${formatAddress(from.address, from.port)} ${Buffer.from(datagram).toString("latin1")}`;
      this.#admit({ request: decoded.value, from, key, waiting: [answer] });
    } else {
      this.#ignore("rate-limited", from);
    }
  }

  /** Takes no more requests (they are refused with `shutting-down`) and resolves when the pending ones are answered. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
  }

  #ignore(reason: string, { address, port }: Requester): void {
    const requester = formatAddress(address, port);
    this.#parts.logger.info({ reason, requester }, "datagram not accepted");
  }

  #admit(attempt: Attempt): void {
    const { key, from, waiting } = attempt;
    const inProgress = this.#attempts.get(key);
    const answered = this.#answered.recall(key);
    if (inProgress !== undefined) {
      inProgress.waiting.push(...waiting);
    } else if (answered !== undefined) {
      void answerAll(attempt, answered.port);
    } else if (this.#stopping) {
      void this.#refuse(attempt, { reason: "shutting-down" });
    } else if (this.#attempts.size >= this.#limits.attempts) {
      void this.#refuse(attempt, { reason: "too-many-attempts" });
    } else if (
      this.#parts.isUnderPressure() &&
      !this.#repeatedRequests.isRepeat(key, this.#parts.clock.now())
    ) {
      this.#ignore("not-repeated-yet", from);
    } else {
      this.#start(attempt);
    }
  }

  #start(attempt: Attempt): void {
    this.#attempts.set(attempt.key, attempt);
    const running = this.#carryOut(attempt).finally(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  async #carryOut(attempt: Attempt): Promise<void> {
    const outcome = await this.#host(attempt);
    // From now on a copy gets the answer that is remembered, or is a new attempt.
    this.#attempts.delete(attempt.key);
    if (!outcome.ok) {
      await this.#refuse(attempt, outcome.reason);
      return;
    }
    this.#answered.remember(attempt.key, outcome.value);
    this.#parts.logger.info({ ...outcome.value, ...describe(attempt) }, "request answered with a port");
    await answerAll(attempt, outcome.value.port);
  }

  async #host({ request, from }: Attempt): Promise<Result<HostedSession, HostRefusal>> {
    try {
      return await this.#parts.hostGame(request, from);
    } catch (error) {
      const requester = formatAddress(from.address, from.port);
      this.#parts.logger.error({ err: error, requester }, "a request failed on a bug in netplayd");
      return fail({ reason: "internal-error" });
    }
  }

  async #refuse(attempt: Attempt, { isTemporary, ...facts }: HostRefusal): Promise<void> {
    this.#parts.logger.info({ ...facts, ...describe(attempt) }, "request refused");
    if (isTemporary !== true) {
      await answerAll(attempt, REFUSED);
    }
  }
}

async function answerAll({ waiting }: Attempt, reply: HostReply): Promise<void> {
  const bytes = encodeReply(reply);
  await Promise.all(waiting.map((answer) => answer(bytes)));
}

function describe({ request, from }: Attempt): Record<string, string> {
  const { core, coreVersion, game, base, crc } = request;
  const requester = formatAddress(from.address, from.port);
  return { requester, core, coreVersion, game: game === "" ? base : game, crc: formatCrc32(crc) };
}
