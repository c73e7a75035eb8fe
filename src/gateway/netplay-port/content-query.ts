import {
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeCommandHead,
  decodeInfo,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  HOST_NICK,
  INFO_BYTES,
  PASSWORD_BYTES,
  hashPassword,
  type Info,
} from "../../netplay/index.ts";
import type { RoomPass } from "../../join-request.ts";
import type { Clock, Timer } from "../../shared/index.ts";
import type { GatewayLimits } from "../limits.ts";
import type { IdentifiedClient, Said, Verdict } from "../handshake/index.ts";

/** What a client may send before it has its room; a stock one sends its INFO and waits. */
const MAX_EARLY_BYTES = 1024;

const NICK = encodeNickCommand(HOST_NICK);
const QUESTION = encodeCommand(COMMAND.info);

/** Why a client on the netplay port got no room. Reasons of the use case are added by whoever looks for the room. */
export type ContentQueryEnd =
  | "client-closed"
  | "answer-timeout"
  | "password-timeout"
  | "bad-password"
  | "wrong-password"
  | "too-many-guesses"
  | "handshake-timeout"
  | "evicted"
  | "bad-info"
  | "old-info"
  | "unexpected-command"
  | "flood"
  | "gateway-closed"
  | "fault";

export interface ContentQueryParts {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** Which locked rooms a password opens, now or later; a failure ends the connection. What it answers gives up waiting. */
  readonly unlock: (said: Said, onVerdict: (verdict: Verdict) => void) => () => void;
  /** What the room has loaded that the client has come to; undefined: that depends on the client. */
  readonly loaded?: () => Info;
  /** The client has said what it has loaded; once. */
  readonly onAnswer: (info: Info) => void;
  /** The connection has come to its end without a room; `info` as far as it is known. Once. */
  readonly onEnd: (reason: ContentQueryEnd, info: Info | undefined) => void;
}

/**
 * A client that quick-joins, from its nickname until it has a room. It is asked what it has loaded as a host asks that
 * has nothing loaded itself: with an INFO of no length.
 */
export class ContentQuery {
  readonly client: IdentifiedClient;
  readonly #parts: ContentQueryParts;
  #bytes: Buffer;
  #info: Info | undefined;
  #password: Buffer | undefined;
  #passes: readonly RoomPass[] | undefined;
  #stopWaiting: () => void = () => undefined;
  #wasAsked = false;
  /** When the client was last waited for: a person may take a while to type. */
  #waitedForUntilMs: number;
  #deadline: Timer;
  #state: "waiting" | "turned-away" | "released" = "waiting";

  constructor(client: IdentifiedClient, parts: ContentQueryParts) {
    this.client = client;
    this.#parts = parts;
    this.#bytes = client.rest;
    this.#waitedForUntilMs = client.connectedAtMs;
    const { answerMs, passwordMs } = parts.limits;
    const asksPassword = client.salt !== 0;
    this.#deadline = asksPassword
      ? this.#within(passwordMs, "password-timeout")
      : this.#within(answerMs, "answer-timeout");
    client.connection.read({
      data: (chunk) => {
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
        this.#look();
      },
      closed: () => {
        this.end("client-closed");
      },
      faulted: () => {
        this.end("fault");
      },
    });
    client.connection.write(asksPassword ? NICK : Buffer.concat([NICK, QUESTION]));
    this.#look();
  }

  /** The hash of the word that it gave, 64 hex digits; undefined where none is asked for, and for no word. */
  get passwordHash(): string | undefined {
    const { salt } = this.client;
    const hash = this.#password?.toString("latin1");
    return hash === undefined || hash === hashPassword(salt, "") ? undefined : hash;
  }

  /** The locked rooms that its word opens. */
  get passes(): readonly RoomPass[] {
    return this.#passes ?? [];
  }

  /** True when it has a room, or is gone. */
  get isOver(): boolean {
    return this.#state !== "waiting";
  }

  /** The client as its room takes it in. */
  identifiedClient(info: Info, mayPlay: boolean): IdentifiedClient {
    const connectedAtMs = this.#waitedForUntilMs;
    return { ...this.client, connectedAtMs, rest: this.#bytes, said: info, watchesOnly: !mayPlay };
  }

  /** The connection is its room's now. */
  release(): void {
    this.#finish("released");
  }

  end(reason: ContentQueryEnd): void {
    if (this.#state === "released") {
      return;
    }
    this.client.connection.destroy();
    if (this.#state === "waiting") {
      this.#finish("turned-away");
      this.#parts.onEnd(reason, this.#info);
    }
  }

  /**
   * There is no room for it. RetroArch says what differs when it is shown another INFO; for every other reason it has no
   * words, and a connection that is closed at this point it takes for a wrong password. So it is left to give up itself.
   */
  turnAway(show: Info | undefined): void {
    const { connection } = this.client;
    if (this.isOver) {
      return;
    }
    this.#finish("turned-away");
    const { clock, limits } = this.#parts;
    if (show !== undefined) {
      connection.write(encodeCommand(COMMAND.info, encodeInfo(show)));
    }
    const patience = clock.after(limits.noRoomMs, () => {
      connection.finish(limits.lingerMs);
    });
    void connection.gone.then(() => {
      patience.cancel();
    });
    connection.read({ data: () => undefined, closed: () => undefined });
  }

  #finish(state: "turned-away" | "released"): void {
    this.#state = state;
    this.#deadline.cancel();
    this.#stopWaiting();
  }

  #within(delayMs: number, reason: ContentQueryEnd): Timer {
    return this.#parts.clock.after(Math.max(0, delayMs), () => {
      this.end(reason);
    });
  }

  #look(): void {
    if (this.isOver) {
      return;
    }
    if (this.#bytes.length > MAX_EARLY_BYTES) {
      this.end("flood");
    } else if (this.client.salt !== 0 && this.#passes === undefined) {
      this.#readPassword();
    } else if (this.#info === undefined) {
      this.#readInfo();
    }
  }

  #readPassword(): void {
    const head = decodeCommandHead(this.#bytes, 0);
    if (!head.ok || this.#password !== undefined) {
      return;
    }
    const { command, payloadBytes } = head.value;
    if (command !== COMMAND.password || payloadBytes !== PASSWORD_BYTES) {
      this.end("bad-password");
      return;
    }
    const end = COMMAND_HEAD_BYTES + PASSWORD_BYTES;
    if (this.#bytes.length < end) {
      return;
    }
    this.#password = Buffer.from(this.#bytes.subarray(COMMAND_HEAD_BYTES, end));
    this.#bytes = this.#bytes.subarray(end);
    const { salt, connection } = this.client;
    const { unlock } = this.#parts;
    this.#stopWaiting = unlock(
      { passwordHash: this.passwordHash, salt, address: connection.address },
      (verdict) => {
        if (verdict.ok) {
          this.#unlocked(verdict.value);
        } else {
          this.end(verdict.reason);
        }
      },
    );
  }

  #unlocked(passes: readonly RoomPass[]): void {
    this.#passes = passes;
    this.#waitedForUntilMs = this.#parts.clock.now();
    this.#deadline.cancel();
    this.#deadline = this.#within(this.#parts.limits.answerMs, "answer-timeout");
    this.client.connection.write(QUESTION);
    this.#look();
  }

  #readInfo(): void {
    const head = decodeCommandHead(this.#bytes, 0);
    if (!head.ok) {
      return;
    }
    if (head.value.command !== COMMAND.info) {
      this.end("unexpected-command");
      return;
    }
    if (head.value.payloadBytes === 0 && this.#parts.loaded !== undefined && !this.#wasAsked) {
      this.#tell(this.#parts.loaded());
      return;
    }
    if (head.value.payloadBytes !== INFO_BYTES) {
      this.end("bad-info");
      return;
    }
    const end = COMMAND_HEAD_BYTES + INFO_BYTES;
    if (this.#bytes.length < end) {
      return;
    }
    const decoded = decodeInfo(this.#bytes.subarray(COMMAND_HEAD_BYTES, end));
    if (!decoded.ok || decoded.value.type !== "answer") {
      this.end(!decoded.ok && decoded.reason === "old-layout" ? "old-info" : "bad-info");
      return;
    }
    this.#take(decoded.value.info, end);
  }

  /** A client that asks back is told what its room has, and is still to say what it has itself. */
  #tell(loaded: Info): void {
    this.#wasAsked = true;
    this.#bytes = this.#bytes.subarray(COMMAND_HEAD_BYTES);
    this.client.connection.write(encodeCommand(COMMAND.info, encodeInfo(loaded)));
    this.#look();
  }

  #take(info: Info, end: number): void {
    const { clock, limits, onAnswer } = this.#parts;
    this.#info = info;
    this.#bytes = this.#bytes.subarray(end);
    this.#deadline.cancel();
    const elapsedMs = clock.now() - this.#waitedForUntilMs;
    this.#deadline = this.#within(limits.handshakeMs - elapsedMs, "handshake-timeout");
    onAnswer(info);
  }
}
