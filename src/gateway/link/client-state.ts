import { COMMAND, type ClientRole } from "../../netplay/index.ts";
import type { Observed } from "./host-observer.ts";

/**
 * What a client is for its host, known from reading along. Its request to play or to watch is under way until the host has
 * answered it, and until then it may be either.
 */
export class ClientState {
  /** Undefined until the host's header has come. */
  protocol: number | undefined;
  /** Of the host's header. */
  hostImplementation = 0;
  #role: ClientRole = "handshake";
  /** What it has asked its host to be; undefined once it is answered. The host is told of one request at a time. */
  #request: ClientRole | undefined;
  /** From this frame on it no longer plays, and the host has not done that frame yet. */
  #leavesAtFrame: number | undefined;
  #hostAllowsPausing = false;
  #isPausing = false;

  get isInGame(): boolean {
    return this.#role !== "handshake";
  }

  /** Whether it is one of these, or will be once its host has answered. */
  mayBe(roles: readonly ClientRole[]): boolean {
    return roles.includes(this.#role) || (this.#request !== undefined && roles.includes(this.#request));
  }

  /** Whether its host has made it a player. */
  get isPlayer(): boolean {
    return this.#role === "player";
  }

  /** Whether it plays or has asked to. */
  get wantsToPlay(): boolean {
    return (this.#request ?? this.#role) === "player";
  }

  /**
   * Whether it gives its pad back. A host tells the others at the first frame without the client's input, if the client is
   * still connected then: otherwise they wait for that input for ever (RetroArch 1.14 to 1.22, `netplay_delayed_state_change`).
   * Nothing may make the host end the client before.
   */
  get isLeavingPlay(): boolean {
    return this.#leavesAtFrame !== undefined || this.#request === "spectator";
  }

  heard(observed: Observed): void {
    switch (observed.type) {
      case "host-identified":
        this.protocol = observed.protocol;
        this.hostImplementation = observed.implementation;
        return;
      case "synced":
        this.#role = "spectator";
        return;
      case "mode":
        this.#role = observed.playing ? "player" : "spectator";
        this.#isPausing &&= observed.playing;
        this.#leavesAtFrame = observed.playing ? undefined : observed.frame;
        this.#request = undefined;
        return;
      case "refused":
        this.#request = undefined;
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
      this.#request = command === COMMAND.play ? "player" : "spectator";
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
    const before = this.#request;
    return () => {
      this.#request = before;
    };
  }
}
