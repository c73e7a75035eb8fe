import type { GameQuery } from "../game.ts";
import {
  addressGroup,
  fail,
  formatCrc32,
  TokenBuckets,
  type Clock,
  type Logger,
  type Rate,
  type Result,
} from "../shared/index.ts";
import { FirstCopies } from "./first-copies.ts";
import {
  decodeRequest,
  encodeReply,
  REFUSED,
  SHORTEST_REQUEST_BYTES,
  type HostReply,
} from "./request-codec.ts";
import { createRequestMemory, type Opened, type RequestMemory } from "./request-memory.ts";
import { formatSource, type Source } from "./source-address.ts";

/** How long the parts of a request took; only for the log. */
interface RequestTimes {
  readonly lookupMs?: number | undefined;
  readonly startMs?: number | undefined;
}

export interface HostedAnswer extends Opened, RequestTimes {}

export interface Refusal extends RequestTimes {
  readonly reason: string;
  /** It may be otherwise in a moment: there is no answer, so that the launcher asks again. Default: false. */
  readonly isTemporary?: boolean;
}

export interface ControlLimits {
  /** Well-formed requests of one source; what exceeds it is dropped unanswered, so that its sender tries again. */
  readonly requests: Rate;
  /** Answers to malformed datagrams of one source. A rate of their own: junk must not use up what requests need. */
  readonly malformed: Rate;
  /** Requests being worked on at once; one more is refused with `too-many-attempts`. */
  readonly attempts: number;
  /** Answered requests kept for their repeats. Must not be lower than the number of sessions. */
  readonly remembered: number;
}

/**
 * Sixteen launchers behind one router that all start at once and repeat after 0.5, 1.5 and 3.5 s send 48 datagrams
 * in the first two seconds; each of them repeating every second sends 16 a second. How many get a session is for admission to say.
 */
const DEFAULT_CONTROL_LIMITS: ControlLimits = {
  requests: { perSecond: 32, burst: 64 },
  malformed: { perSecond: 2, burst: 16 },
  attempts: 64,
  remembered: 16_384,
};

/** Sends a reply to where the datagram came from; never rejects. */
type Answer = (reply: Uint8Array) => Promise<void>;

export interface ControlServerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<ControlLimits>;
  /** Opens a session for a request. Must settle: `stop` waits for it. */
  hostGame(request: GameQuery, from: Source): Promise<Result<HostedAnswer, Refusal>>;
  /** Whether a request is worked on only when it is repeated; a first copy is not answered then. */
  isUnderPressure(): boolean;
  /** False once a session is over. */
  isAlive(sessionId: Opened["sessionId"]): boolean;
}

/** Decides about datagrams; knows neither sockets nor games. */
export interface ControlServer {
  receive(datagram: Uint8Array, from: Source, answer: Answer): void;
  /** Takes no more requests (they are refused with `shutting-down`) and resolves when the pending ones are answered. */
  stop(): Promise<void>;
}

export function createControlServer(parts: ControlServerParts): ControlServer {
  return new RequestHandler(parts);
}

/** One request on its way, with everybody who waits for its outcome: copies of one datagram, so one sender. */
interface Attempt {
  readonly request: GameQuery;
  readonly requester: string;
  readonly from: Source;
  readonly key: string;
  readonly waiting: Answer[];
}

class RequestHandler implements ControlServer {
  readonly #parts: ControlServerParts;
  readonly #limits: ControlLimits;
  readonly #memory: RequestMemory;
  readonly #requests: TokenBuckets;
  readonly #malformed: TokenBuckets;
  readonly #firstCopies = new FirstCopies();
  readonly #attempts = new Map<string, Attempt>();
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(parts: ControlServerParts) {
    const limits = { ...DEFAULT_CONTROL_LIMITS, ...parts.limits };
    this.#parts = parts;
    this.#limits = limits;
    this.#memory = createRequestMemory((id) => parts.isAlive(id), limits.remembered);
    this.#requests = new TokenBuckets(limits.requests);
    this.#malformed = new TokenBuckets(limits.malformed);
  }

  receive(datagram: Uint8Array, from: Source, answer: Answer): void {
    const requester = formatSource(from);
    // A reply to something this short could be taken for a request by another server, which would answer it, and so on.
    // Port 0 is what a forged datagram may carry; nothing can be sent there.
    if (datagram.length < SHORTEST_REQUEST_BYTES || from.port === 0) {
      this.#ignore(from.port === 0 ? "no-source-port" : "too-short", requester);
      return;
    }
    const decoded = decodeRequest(datagram);
    const nowMs = this.#parts.clock.now();
    const group = addressGroup(from.address);
    if (!decoded.ok) {
      this.#ignore(decoded.reason, requester);
      if (this.#malformed.take(group, nowMs)) {
        void answer(encodeReply(REFUSED));
      }
    } else if (this.#requests.take(group, nowMs)) {
      const key = `${requester} ${Buffer.from(datagram).toString("latin1")}`;
      this.#admit({ request: decoded.value, requester, from, key, waiting: [answer] });
    } else {
      this.#ignore("rate-limited", requester);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
  }

  #ignore(reason: string, requester: string): void {
    this.#parts.logger.info({ reason, requester }, "datagram not accepted");
  }

  #admit(attempt: Attempt): void {
    const { key, waiting } = attempt;
    const inProgress = this.#attempts.get(key);
    const opened = this.#memory.recall(key);
    if (inProgress !== undefined) {
      inProgress.waiting.push(...waiting);
    } else if (opened !== undefined) {
      void answerAll(attempt, opened.port);
    } else if (this.#stopping) {
      void this.#refuse(attempt, { reason: "shutting-down" });
    } else if (this.#attempts.size >= this.#limits.attempts) {
      void this.#refuse(attempt, { reason: "too-many-attempts" });
    } else if (this.#parts.isUnderPressure() && !this.#firstCopies.isRepeat(key, this.#parts.clock.now())) {
      this.#ignore("not-repeated-yet", attempt.requester);
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
    // From here on a copy finds the opened session in the memory, or starts anew.
    this.#attempts.delete(attempt.key);
    if (!outcome.ok) {
      await this.#refuse(attempt, outcome.reason);
      return;
    }
    const { sessionId, port, lookupMs, startMs } = outcome.value;
    this.#memory.remember(attempt.key, { sessionId, port });
    this.#parts.logger.info(
      { sessionId, port, ...describe(attempt), lookupMs, startMs },
      "request answered with a port",
    );
    await answerAll(attempt, port);
  }

  async #host({ request, requester, from }: Attempt): Promise<Result<HostedAnswer, Refusal>> {
    try {
      return await this.#parts.hostGame(request, from);
    } catch (error) {
      this.#parts.logger.error({ err: error, requester }, "a request failed on a bug in netplayd");
      return fail({ reason: "internal-error" });
    }
  }

  async #refuse(attempt: Attempt, { reason, isTemporary, lookupMs, startMs }: Refusal): Promise<void> {
    this.#parts.logger.info({ reason, ...describe(attempt), lookupMs, startMs }, "request refused");
    if (isTemporary === true) {
      return;
    }
    await answerAll(attempt, REFUSED);
  }
}

async function answerAll({ waiting }: Attempt, reply: HostReply): Promise<void> {
  const bytes = encodeReply(reply);
  await Promise.all(waiting.map((answer) => answer(bytes)));
}

function describe({ request, requester }: Attempt): Record<string, string> {
  const { core, coreVersion, game, base, crc } = request;
  const named = game === "" ? base : game;
  return { requester, core, coreVersion, game: named, crc: formatCrc32(crc) };
}
