import {
  COMMAND,
  CommandFramer,
  decodeInfo,
  decodeMode,
  decodeSync,
  hostRule,
  INFO_BYTES,
  judgeSize,
  MODE_BYTES,
  SYNC_FIXED_BYTES,
  type CommandFrame,
  type CommandHead,
  type Info,
  type Sync,
} from "../../netplay/index.ts";

const FRAME_BYTES = 4;
/** Frame and client of INPUT. */
const INPUT_HEAD_BYTES = 8;
const CLIENT_BITS = 0xffff;

/** A host's header. */
export interface HostIdentified {
  readonly type: "host-identified";
  readonly protocol: number;
  readonly implementation: number;
  readonly asksPassword?: boolean | undefined;
}

/** What the gateway reads from a host's stream to a client. */
export type Observed =
  | HostIdentified
  | { readonly type: "informed"; readonly info: Info }
  | { readonly type: "synced"; readonly sync: Sync }
  /** Answers the client's request: it plays these ports from this frame on, or watches. */
  | {
      readonly type: "mode";
      readonly playing: boolean;
      /** The others do not wait for its input. */
      readonly slave: boolean;
      readonly ports: readonly number[];
      readonly frame: number;
    }
  /** The host refuses the client's request to play or to watch. */
  | { readonly type: "refused" }
  /** The host has done this frame. Observed while the client plays, and up to the first frame in which it does not. */
  | { readonly type: "frame"; readonly frame: number }
  | { readonly type: "allows-pausing"; readonly allowed: boolean }
  | { readonly type: "ping" };

export interface HostFault {
  readonly reason: "host-forbidden-command" | "host-wrong-size";
  readonly command: number;
}

const NOTHING: readonly Observed[] = [];

const PING: Observed = { type: "ping" };

/** Reads along after the host's header. Keeps at most the fixed part of one command. */
export class HostObserver {
  readonly #isRemote: boolean;
  readonly #framer = new CommandFramer((head) => this.#bytesOfInterest(head));
  #protocol = 0;
  #isSynced = false;
  /** The last frame to observe; undefined: none. */
  #untilFrame: number | undefined;
  #fault: HostFault | undefined;

  /** @param isRemote - A command that no stock host sends is a fault. */
  constructor(isRemote: boolean) {
    this.#isRemote = isRemote;
  }

  get isBetweenCommands(): boolean {
    return this.#framer.isBetweenCommands;
  }

  /** The first command that no stock host sends; the chunk in which it came is not to be passed on. */
  get fault(): HostFault | undefined {
    return this.#fault;
  }

  get commands(): number {
    return this.#framer.commands;
  }

  hostIdentified(protocol: number): void {
    this.#protocol = protocol;
  }

  push(chunk: Buffer): readonly Observed[] {
    const frames = this.#framer.push(chunk);
    if (frames.length === 0) {
      return NOTHING;
    }
    const observed: Observed[] = [];
    let pinged = false;
    for (const frame of frames) {
      if (frame.command !== COMMAND.pingRequest) {
        const understood = this.#understand(frame);
        if (understood !== undefined) {
          observed.push(understood);
        }
      } else if (!pinged) {
        // Further ones of this chunk came at the same moment.
        pinged = true;
        observed.push(PING);
      }
    }
    return observed;
  }

  /** Called at the head of every command. */
  #bytesOfInterest(head: CommandHead): number | undefined {
    if (this.#isRemote) {
      this.#fault ??= this.#judge(head);
    }
    this.#isSynced ||= head.command === COMMAND.sync;
    switch (head.command) {
      case COMMAND.info:
        return INFO_BYTES;
      case COMMAND.sync:
        return SYNC_FIXED_BYTES;
      case COMMAND.mode:
        return MODE_BYTES;
      case COMMAND.settingAllowPausing:
        return FRAME_BYTES;
      case COMMAND.pingRequest:
      case COMMAND.modeRefused:
        return 0;
      case COMMAND.noInput:
        return this.#untilFrame === undefined ? undefined : FRAME_BYTES;
      case COMMAND.input:
        // The host's own input ends its frame. Only remote hosts play.
        return this.#untilFrame !== undefined && this.#isRemote ? INPUT_HEAD_BYTES : undefined;
      default:
        return undefined;
    }
  }

  #judge({ command, payloadBytes }: CommandHead): HostFault | undefined {
    const rule = hostRule(command);
    const isInTime = rule?.when === (this.#isSynced ? "afterwards" : "handshake");
    if (rule === undefined || !isInTime || this.#protocol < rule.since) {
      return { reason: "host-forbidden-command", command };
    }
    return judgeSize(rule, payloadBytes) === undefined ? undefined : { reason: "host-wrong-size", command };
  }

  #understand({ command, payload, payloadBytes }: CommandFrame): Observed | undefined {
    switch (command) {
      case COMMAND.modeRefused:
        return { type: "refused" };
      case COMMAND.noInput:
        return payload.length < FRAME_BYTES ? undefined : this.#pass(payload.readUInt32BE(0));
      case COMMAND.input:
        return isHostsInput(payload) ? this.#pass(payload.readUInt32BE(0)) : undefined;
      case COMMAND.settingAllowPausing:
        return {
          type: "allows-pausing",
          allowed: payload.length >= FRAME_BYTES && payload.readUInt32BE(0) !== 0,
        };
      case COMMAND.info: {
        const decoded = decodeInfo(payload);
        return decoded.ok && decoded.value.type === "answer"
          ? { type: "informed", info: decoded.value.info }
          : undefined;
      }
      case COMMAND.sync: {
        const sync = decodeSync(payload, payloadBytes);
        return sync.ok ? { type: "synced", sync: sync.value } : undefined;
      }
      default:
        return this.#understandMode(payload);
    }
  }

  #pass(frame: number): Observed {
    if (this.#untilFrame !== undefined && frame > this.#untilFrame) {
      this.#untilFrame = undefined;
    }
    return { type: "frame", frame };
  }

  #understandMode(payload: Buffer): Observed | undefined {
    const mode = decodeMode(payload);
    if (!mode.ok || !mode.value.you) {
      return undefined;
    }
    const { playing, slave, frame, ports } = mode.value;
    this.#untilFrame = playing ? Infinity : frame;
    return { type: "mode", playing, slave, frame, ports: playing ? ports : [] };
  }
}

function isHostsInput(payload: Buffer): boolean {
  return payload.length >= INPUT_HEAD_BYTES && (payload.readUInt32BE(4) & CLIENT_BITS) === 0;
}
