import {
  clientPayloadCapBytes,
  COMMAND,
  COMMAND_HEAD_BYTES,
  decodeCommandHead,
  decodeInfo,
  type Info,
  isHostOnlyCommand,
  isNetpacketCommand,
  isSameCoreName,
} from "../netplay/index.ts";
import { TokenBucket, type Crc32 } from "../shared/index.ts";
import type { DoorLimits } from "./limits.ts";

/** A netpacket's payload: 64 KiB behind a client id. */
const MAX_NETPACKET_BYTES = 64 * 1024 + 4;

/** What a client must have loaded. `crc` undefined: any content, for cores whose CRC says nothing. */
export interface Expected {
  readonly core: string;
  readonly crc: Crc32 | undefined;
  /** What it said that it has loaded when it was asked before; it must say the same again. */
  readonly said?: Info | undefined;
}

export type ScreenFault =
  | "bad-info"
  | "old-info"
  | "wrong-core"
  | "wrong-content"
  | "changed-info"
  | "unexpected-command"
  | "forbidden-command"
  | "oversize"
  | "flood";

export type Screened =
  | {
      readonly type: "pass";
      /** Everything that became complete, in one piece; empty when nothing did. */
      readonly forward: Buffer;
      readonly answeredPing: boolean;
      /** Whole commands that the client is told in the host's place. */
      readonly answer?: Buffer;
    }
  | {
      readonly type: "drop";
      readonly reason: ScreenFault;
      /** The command at fault; undefined when it was the amount of bytes. */
      readonly command: number | undefined;
    };

/** One for all: an empty Buffer costs as much as a full one. */
const NOTHING = Buffer.alloc(0);

/** Judges what a client sends, in whatever pieces it comes. */
export interface Screen {
  /** After `drop` the screen is not to be used again. */
  push(chunk: Buffer, nowMs: number): Screened;
}

/**
 * Decides what of a client's commands, from its INFO on, reaches its host. Only whole commands do, none longer than a
 * stock client's, and no more of them than a host can handle beside running its game.
 */
export class CommandScreen implements Screen {
  readonly #expected: Expected | undefined;
  readonly #commands: TokenBucket;
  readonly #savestates: TokenBucket;
  readonly #bytes: TokenBucket;
  #pending: Buffer = NOTHING;
  #informed = false;

  /**
   * @param expected - undefined: nobody here knows the host. Then the screen begins with the client's nickname instead of
   * its INFO, lets a password pass and whatever INFO, and netpackets, which only the cores of such hosts may use.
   */
  constructor(expected: Expected | undefined, limits: DoorLimits, nowMs: number) {
    this.#expected = expected;
    this.#commands = new TokenBucket(limits.commandsPerSecond, limits.commandBurst, nowMs);
    this.#savestates = new TokenBucket(
      limits.savestateRequestsPerSecond,
      limits.savestateRequestBurst,
      nowMs,
    );
    this.#bytes = new TokenBucket(limits.bytesPerSecond, limits.byteBurst, nowMs);
  }

  push(chunk: Buffer, nowMs: number): Screened {
    if (!this.#bytes.take(chunk.length, nowMs)) {
      return { type: "drop", reason: "flood", command: undefined };
    }
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let complete = 0;
    let answeredPing = false;
    for (;;) {
      const head = decodeCommandHead(bytes, complete);
      if (!head.ok) {
        break;
      }
      const { command, payloadBytes } = head.value;
      const fault = this.#judgeHead(command, payloadBytes);
      if (fault !== undefined) {
        return { type: "drop", reason: fault, command };
      }
      const begin = complete + COMMAND_HEAD_BYTES;
      if (bytes.length - begin < payloadBytes) {
        break;
      }
      const end = begin + payloadBytes;
      const wholeFault = this.#judgeRate(command, nowMs) ?? this.#judgePayload(command, bytes, begin, end);
      if (wholeFault !== undefined) {
        return { type: "drop", reason: wholeFault, command };
      }
      answeredPing ||= command === COMMAND.pingResponse;
      complete = end;
    }
    return { type: "pass", forward: this.#cut(bytes, complete), answeredPing };
  }

  /** What is complete; the rest is kept. Nearly every chunk is one whole command, and goes on as it came. */
  #cut(bytes: Buffer, complete: number): Buffer {
    if (complete === bytes.length) {
      this.#pending = NOTHING;
      return bytes;
    }
    this.#pending = Buffer.from(bytes.subarray(complete));
    return bytes.subarray(0, complete);
  }

  #judgeHead(command: number, payloadBytes: number): ScreenFault | undefined {
    const hostIsOurs = this.#expected !== undefined;
    if (isNetpacketCommand(command) && !hostIsOurs && this.#informed) {
      return payloadBytes > MAX_NETPACKET_BYTES ? "oversize" : undefined;
    }
    if (isHostOnlyCommand(command) || isNetpacketCommand(command)) {
      return "forbidden-command";
    }
    if (payloadBytes > clientPayloadCapBytes(command)) {
      return "oversize";
    }
    // RetroArch waits for INFO here and closes on anything else; later it takes a name or a password for nothing.
    const isHandshake = command === COMMAND.nick || command === COMMAND.password;
    if (this.#informed) {
      return isHandshake ? "unexpected-command" : undefined;
    }
    return command === COMMAND.info || (isHandshake && !hostIsOurs) ? undefined : "unexpected-command";
  }

  #judgeRate(command: number, nowMs: number): ScreenFault | undefined {
    const isTooMuch =
      !this.#commands.take(1, nowMs) ||
      (command === COMMAND.requestSavestate && !this.#savestates.take(1, nowMs));
    return isTooMuch ? "flood" : undefined;
  }

  /** Every INFO is judged: a client may not change its mind after the first. */
  #judgePayload(command: number, bytes: Buffer, begin: number, end: number): ScreenFault | undefined {
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
    return this.#expected === undefined ? undefined : compare(decoded.value.info, this.#expected);
  }
}

function compare(info: Info, { core, crc, said }: Expected): ScreenFault | undefined {
  if (said !== undefined && !isSame(info, said)) {
    return "changed-info";
  }
  if (!isSameCoreName(info.coreName, core)) {
    return "wrong-core";
  }
  return crc !== undefined && info.crc !== crc ? "wrong-content" : undefined;
}

function isSame(one: Info, other: Info): boolean {
  return one.crc === other.crc && one.coreName === other.coreName && one.coreVersion === other.coreVersion;
}
