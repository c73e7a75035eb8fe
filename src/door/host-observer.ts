import {
  COMMAND,
  CommandFramer,
  decodeInfo,
  decodeMode,
  decodeSync,
  INFO_BYTES,
  MODE_BYTES,
  SYNC_FIXED_BYTES,
  type CommandFrame,
  type CommandHead,
  type Info,
  type Sync,
} from "../netplay/index.ts";

/** What the door wants to know of what a host tells a client. */
export type Observed =
  | { readonly type: "informed"; readonly info: Info }
  | { readonly type: "synced"; readonly sync: Sync }
  /** The client itself plays these ports from now on; none: it watches. */
  | { readonly type: "plays"; readonly ports: readonly number[] }
  | { readonly type: "ping" };

const NOTHING: readonly Observed[] = [];

const PING: Observed = { type: "ping" };

/** Reads along behind the host's header. Holds no more than one command's fixed part, and changes nothing. */
export class HostObserver {
  readonly #framer = new CommandFramer(bytesOfInterest);

  /** Whether the host's stream stands between two commands. */
  get isBetweenCommands(): boolean {
    return this.#framer.isBetweenCommands;
  }

  /** How many commands have begun so far. */
  get commands(): number {
    return this.#framer.commands;
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
        observed.push(...understand(frame));
      } else if (!pinged) {
        // Those behind it came at the same moment.
        pinged = true;
        observed.push(PING);
      }
    }
    return observed;
  }
}

function bytesOfInterest({ command }: CommandHead): number | undefined {
  switch (command) {
    case COMMAND.info:
      return INFO_BYTES;
    case COMMAND.sync:
      return SYNC_FIXED_BYTES;
    case COMMAND.mode:
      return MODE_BYTES;
    case COMMAND.pingRequest:
      return 0;
    default:
      return undefined;
  }
}

function understand({ command, payload, payloadBytes }: CommandFrame): Observed[] {
  switch (command) {
    case COMMAND.info: {
      const decoded = decodeInfo(payload);
      return decoded.ok && decoded.value.type === "answer"
        ? [{ type: "informed", info: decoded.value.info }]
        : [];
    }
    case COMMAND.sync: {
      const sync = decodeSync(payload, payloadBytes);
      return sync.ok ? [{ type: "synced", sync: sync.value }] : [];
    }
    default: {
      const mode = decodeMode(payload);
      return mode.ok && mode.value.you
        ? [{ type: "plays", ports: mode.value.playing ? mode.value.ports : [] }]
        : [];
    }
  }
}
