import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  clientRule,
  decodeCommandHead,
  decodeInfo,
  encodeModeRefused,
  isNetpacketCommand,
  judgeSize,
  readsNetpacket,
  type ClientRule,
} from "../../netplay/index.ts";
import { TokenBucket } from "../../shared/index.ts";
import { ClientState } from "./client-state.ts";
import { compareInfo, type Expected, type InfoMismatch } from "./content-check.ts";
import type { Observed } from "./host-observer.ts";
import type { GatewayLimits } from "../limits.ts";

export type FilterFault =
  | "bad-info"
  | "old-info"
  | InfoMismatch
  /** Not at its place in the handshake. */
  | "unexpected-command"
  /** No stock client sends it. */
  | "forbidden-command"
  | "wrong-role"
  | "wrong-protocol"
  | "oversize"
  | "wrong-size"
  | "flood";

export type FilterResult =
  | {
      readonly type: "pass";
      /** The complete commands for the host, in one piece; may be empty. */
      readonly forward: Buffer;
      readonly answeredPing: boolean;
      /** The last frame with input; undefined without input. */
      readonly inputFrame: number | undefined;
      /** The client asks for a savestate; that command is not in `forward`. */
      readonly requestsSavestate: boolean;
      /** Whole commands for the client, in the host's place. */
      readonly answer?: Buffer;
    }
  | {
      readonly type: "drop";
      readonly reason: FilterFault;
      /** The command at fault; undefined when there were too many bytes. */
      readonly command: number | undefined;
    };

export interface CommandFilterParts {
  /**
   * Undefined for a relayed room. Then the filter begins with the client's nickname instead of its INFO, and lets pass any INFO
   * and the commands that only relayed hosts get.
   */
  readonly expected: Expected | undefined;
  readonly limits: GatewayLimits;
  readonly nowMs: number;
  /** Whether the client may only watch now: its PLAY is answered here. */
  readonly refusesPlay: (nowMs: number) => boolean;
}

const NOTHING = Buffer.alloc(0);

/** A host with two passwords answers this. */
const MAY_ONLY_WATCH = encodeModeRefused("unprivileged");

/** A host answers this while it has not told the others that the client no longer plays. */
const TOO_FAST = encodeModeRefused("too-fast");

/** What one chunk has come to. */
interface Tally {
  answeredPing: boolean;
  inputFrame: number | undefined;
  requestsSavestate: boolean;
  readonly answers: Buffer[];
  /** Up to here the chunk is in `passed`, or is kept from the host. */
  passedTo: number;
  /** What is passed on; filled only when a command of the chunk is kept from the host. */
  readonly passed: Buffer[];
}

function newTally(): Tally {
  return {
    answeredPing: false,
    inputFrame: undefined,
    requestsSavestate: false,
    answers: [],
    passedTo: 0,
    passed: [],
  };
}

/**
 * Decides which commands of a client, from its INFO on, reach its host: whole ones that a stock client sends, of the right sizes,
 * at the right time, and at most at the rate that a host can handle beside its game.
 */
export class CommandFilter {
  readonly #expected: Expected | undefined;
  readonly #refusesPlay: (nowMs: number) => boolean;
  readonly #commands: TokenBucket;
  readonly #bytes: TokenBucket;
  /** By command. */
  readonly #rates = new Map<number, TokenBucket>();
  readonly #state = new ClientState();
  #pending: Buffer = NOTHING;
  #informed = false;

  constructor({ expected, limits, nowMs, refusesPlay }: CommandFilterParts) {
    this.#expected = expected;
    this.#refusesPlay = refusesPlay;
    this.#commands = new TokenBucket(limits.commandsPerSecond, limits.commandBurst, nowMs);
    this.#bytes = new TokenBucket(limits.bytesPerSecond, limits.byteBurst, nowMs);
  }

  get isLeavingPlay(): boolean {
    return this.#state.isLeavingPlay;
  }

  /** The host has told the client this. */
  hear(observed: Observed): void {
    this.#state.heard(observed);
  }

  /** Takes the next piece of the client's stream. Not to be used again after `drop`. */
  push(chunk: Buffer, nowMs: number): FilterResult {
    const forget = this.#state.begin();
    const filtered = this.#filter(chunk, nowMs);
    if (filtered.type === "drop") {
      forget();
    }
    return filtered;
  }

  #filter(chunk: Buffer, nowMs: number): FilterResult {
    if (!this.#bytes.take(chunk.length, nowMs)) {
      return { type: "drop", reason: "flood", command: undefined };
    }
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const tally = newTally();
    let complete = 0;
    for (;;) {
      const head = decodeCommandHead(bytes, complete);
      if (!head.ok) {
        return this.#conclude(bytes, complete, tally);
      }
      const { command, payloadBytes } = head.value;
      const rule = this.#ruleFor(command, payloadBytes);
      if (typeof rule === "string") {
        return { type: "drop", reason: rule, command };
      }
      const begin = complete + COMMAND_HEAD_BYTES;
      const end = begin + payloadBytes;
      if (bytes.length < end) {
        return this.#conclude(bytes, complete, tally);
      }
      const fault = this.#judgeRate(rule, nowMs) ?? this.#judgePayload(command, bytes, begin, end);
      if (fault !== undefined) {
        return { type: "drop", reason: fault, command };
      }
      if (this.#isKept(rule, tally, nowMs)) {
        tally.passed.push(bytes.subarray(tally.passedTo, complete));
        tally.passedTo = end;
      } else {
        this.#count(command, bytes, begin, tally);
      }
      complete = end;
    }
  }

  #conclude(bytes: Buffer, complete: number, tally: Tally): FilterResult {
    const { answeredPing, inputFrame, requestsSavestate, answers } = tally;
    const rest = this.#cut(bytes, complete).subarray(tally.passedTo);
    return {
      type: "pass",
      forward: tally.passed.length === 0 ? rest : Buffer.concat([...tally.passed, rest]),
      answeredPing,
      inputFrame,
      requestsSavestate,
      ...(answers.length === 0 ? {} : { answer: Buffer.concat(answers) }),
    };
  }

  /** Whether this command is kept from the host. */
  #isKept({ command, from, fate }: ClientRule, tally: Tally, nowMs: number): boolean {
    switch (fate) {
      case "kept":
        return true;
      case "kept-unless-pausing":
        return !this.#state.pauses(command);
      case "merged":
        tally.requestsSavestate = true;
        return true;
      case "passed":
        // Players' commands come too late now: the host would end the client.
        return command === COMMAND.play
          ? this.#isPlayKept(tally, nowMs)
          : this.#state.isLeavingPlay && !from.includes("spectator");
    }
  }

  #isPlayKept({ answers }: Tally, nowMs: number): boolean {
    if (this.#state.wantsToPlay) {
      return true;
    }
    if (this.#state.isLeavingPlay) {
      answers.push(TOO_FAST);
      return true;
    }
    const isRefused = this.#refusesPlay(nowMs);
    if (isRefused) {
      answers.push(MAY_ONLY_WATCH);
    }
    return isRefused;
  }

  #count(command: number, bytes: Buffer, begin: number, tally: Tally): void {
    this.#state.told(command);
    tally.answeredPing ||= command === COMMAND.pingResponse;
    if (command === COMMAND.input) {
      tally.inputFrame = bytes.readUInt32BE(begin);
    }
  }

  /** The complete commands; the rest is kept. Nearly every chunk is one whole command, and is not copied. */
  #cut(bytes: Buffer, complete: number): Buffer {
    if (complete === bytes.length) {
      this.#pending = NOTHING;
      return bytes;
    }
    this.#pending = Buffer.from(bytes.subarray(complete));
    return bytes.subarray(0, complete);
  }

  /** Judges by the head alone, so that no payload is waited for in vain. */
  #ruleFor(command: number, payloadBytes: number): ClientRule | FilterFault {
    const hostIsOurs = this.#expected !== undefined;
    const rule = clientRule(command);
    if (rule === undefined || (hostIsOurs && rule.hosts === "relayed" && !rule.from.includes("handshake"))) {
      return "forbidden-command";
    }
    return judgeSize(rule, payloadBytes) ?? this.#judgeMoment(rule, hostIsOurs) ?? rule;
  }

  #judgeMoment(rule: ClientRule, hostIsOurs: boolean): FilterFault | undefined {
    if (rule.from.includes("handshake")) {
      // RetroArch accepts nothing else here, and these commands only here.
      const isDue = !this.#informed && (rule.hosts === "all" || !hostIsOurs);
      return isDue ? undefined : "unexpected-command";
    }
    if (!this.#state.isInGame) {
      return "unexpected-command";
    }
    if ((this.#state.protocol ?? 0) < rule.since) {
      return "wrong-protocol";
    }
    if (isNetpacketCommand(rule.command) && !readsNetpacket(rule.command, this.#state.hostImplementation)) {
      return "forbidden-command";
    }
    return this.#mayCome(rule) ? undefined : "wrong-role";
  }

  #mayCome({ command, from }: ClientRule): boolean {
    if (this.#state.isLeavingPlay && from.includes("player")) {
      return true;
    }
    // A host ends a client that stops playing without playing.
    return command === COMMAND.spectate ? this.#state.isPlayer : this.#state.mayBe(from);
  }

  #judgeRate({ command, rate }: ClientRule, nowMs: number): FilterFault | undefined {
    if (!this.#commands.take(1, nowMs)) {
      return "flood";
    }
    if (rate === undefined) {
      return undefined;
    }
    const bucket = this.#rates.get(command) ?? new TokenBucket(rate.perSecond, rate.burst, nowMs);
    this.#rates.set(command, bucket);
    return bucket.take(1, nowMs) ? undefined : "flood";
  }

  /** Every INFO is judged: a client may not change its mind after the first. */
  #judgePayload(command: number, bytes: Buffer, begin: number, end: number): FilterFault | undefined {
    if (command !== COMMAND.info) {
      return undefined;
    }
    const decoded = decodeInfo(bytes.subarray(begin, end));
    if (!decoded.ok) {
      return decoded.reason === "old-layout" ? "old-info" : "bad-info";
    }
    if (decoded.value.type === "question") {
      return undefined;
    }
    this.#informed = true;
    return this.#expected === undefined ? undefined : compareInfo(decoded.value.info, this.#expected);
  }
}
