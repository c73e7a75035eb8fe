import { COMMAND, type ClientRole } from "../../netplay/index.ts";
import type { Observed } from "./host-observer.ts";

/**
 * A client's role at its host, as both sides' commands show it. From a request to play or to watch until the host's answer, the
 * client may be in either role.
 */
export class ClientState {
  /** Undefined until the host's header has come. */
  protocol: number | undefined;
  /** Of the host's header. */
  hostImplementation = 0;
  #role: ClientRole = "handshake";
  /** The role that it has asked for; undefined once the host has answered. The host gets one request at a time. */
  #request: ClientRole | undefined;
  /** The first frame in which it no longer plays; undefined once the host has done that frame. */
  #leavesAtFrame: number | undefined;
  #hostAllowsPausing = false;
  #isPausing = false;

  get isInGame(): boolean {
    return this.#role !== "handshake";
  }

  /** Whether it has one of these roles, or has asked for one. */
  mayBe(roles: readonly ClientRole[]): boolean {
    return roles.includes(this.#role) || (this.#request !== undefined && roles.includes(this.#request));
  }

  get isPlayer(): boolean {
    return this.#role === "player";
  }

  /** Whether it plays or has asked to. */
  get wantsToPlay(): boolean {
    return (this.#request ?? this.#role) === "player";
  }

  /**
   * Whether it gives its pad back and the host has not told the others. The host tells them at the first frame without the
   * client's input, and only if the client is still connected; otherwise they wait for that input for ever (RetroArch 1.14 to
   * 1.22, `netplay_delayed_state_change`). So nothing may make the host end the client before.
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

  /** The host gets this command. */
  told(command: number): void {
    if (command === COMMAND.play || command === COMMAND.spectate) {
      this.#request = command === COMMAND.play ? "player" : "spectator";
    }
  }

  /** Whether the host gets this PAUSE or RESUME: a PAUSE when it allows one, a RESUME when it got the PAUSE. */
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
   * Begins a chunk that may be refused as a whole.
   *
   * @returns Undoes what `told` has changed since.
   */
  begin(): () => void {
    const before = this.#request;
    return () => {
      this.#request = before;
    };
  }
}
