import { COMMAND, type ClientRole } from "../netplay/index.ts";
import type { Observed } from "./host-observer.ts";

/** What a client has asked its host for. */
interface Asked {
  /** What it will be if the host grants everything. */
  readonly role: ClientRole;
  /** PLAY and SPECTATE that the host has not answered. */
  readonly unanswered: number;
}

/**
 * What a client is for its host, known from reading along. Its wish to play or to watch is under way until the host has
 * answered it, and until then it may be either.
 */
export class ClientState {
  /** Undefined until the host's header has come. */
  protocol: number | undefined;
  #role: ClientRole = "handshake";
  #asked: Asked = { role: "handshake", unanswered: 0 };
  /** From this frame on it no longer plays, and the host has not done that frame yet. */
  #leavesAtFrame: number | undefined;
  #hostAllowsPausing = false;
  #isPausing = false;

  get isInGame(): boolean {
    return this.#role !== "handshake";
  }

  /** Whether it is one of these, or will be once its host has answered. */
  mayBe(roles: readonly ClientRole[]): boolean {
    return roles.includes(this.#role) || (this.#asked.unanswered > 0 && roles.includes(this.#asked.role));
  }

  /** Whether it plays or has asked to. */
  get wishesToPlay(): boolean {
    return (this.#asked.unanswered > 0 ? this.#asked.role : this.#role) === "player";
  }

  /**
   * Whether it gives its pad back. A host tells the others at the first frame without the client's input, if the client is
   * still connected then: otherwise they wait for that input for ever (RetroArch 1.14 to 1.22, `netplay_delayed_state_change`).
   */
  get isLeavingPlay(): boolean {
    return (
      this.#leavesAtFrame !== undefined || (this.#asked.unanswered > 0 && this.#asked.role === "spectator")
    );
  }

  heard(observed: Observed): void {
    switch (observed.type) {
      case "greeted":
        this.protocol = observed.protocol;
        return;
      case "synced":
        this.#role = "spectator";
        return;
      case "mode":
        this.#role = observed.playing ? "player" : "spectator";
        this.#isPausing &&= observed.playing;
        this.#leavesAtFrame = observed.playing ? undefined : observed.frame;
        this.#answered();
        return;
      case "refused":
        this.#answered();
        return;
      case "frame":
        if (this.#leavesAtFrame !== undefined && observed.frame > this.#leavesAtFrame) {
          this.#leavesAtFrame = undefined;
        }
        return;
      case "allows-pausing":
        this.#hostAllowsPausing = observed.allowed;
        return;
      default:
        return;
    }
  }

  /** The host is told this. */
  told(command: number): void {
    if (command === COMMAND.play || command === COMMAND.spectate) {
      const role = command === COMMAND.play ? "player" : "spectator";
      this.#asked = { role, unanswered: this.#asked.unanswered + 1 };
    }
  }

  /** Whether the host takes this PAUSE or RESUME as it is meant; one that is told of a PAUSE is told of its RESUME. */
  pauses(command: number): boolean {
    if (command === COMMAND.pause) {
      this.#isPausing = this.#hostAllowsPausing && this.#role === "player";
      return this.#isPausing;
    }
    const resumes = this.#isPausing;
    this.#isPausing = false;
    return resumes;
  }

  /**
   * Begins to take what may not reach the host in the end.
   *
   * @returns Forgets what the host was told since.
   */
  begin(): () => void {
    const before = this.#asked;
    return () => {
      this.#asked = before;
    };
  }

  #answered(): void {
    this.#asked = { ...this.#asked, unanswered: Math.max(0, this.#asked.unanswered - 1) };
  }
}
