import { COMMAND, type ClientRole } from "../netplay/index.ts";
import type { Observed } from "./host-observer.ts";

/**
 * What a client is for its host, known from reading along. Its wish to play or to watch is under way until the host has
 * answered it, and until then it may be either.
 */
export class ClientState {
  /** Undefined until the host's header has come. */
  protocol: number | undefined;
  #role: ClientRole = "handshake";
  /** What it will be if the host grants everything that it has been asked. */
  #wished: ClientRole = "handshake";
  /** PLAY and SPECTATE that the host has not answered. */
  #unanswered = 0;
  #hostAllowsPausing = false;
  #isPausing = false;

  get isInGame(): boolean {
    return this.#role !== "handshake";
  }

  /** Whether it is one of these, or will be once its host has answered. */
  mayBe(roles: readonly ClientRole[]): boolean {
    return roles.includes(this.#role) || (this.#unanswered > 0 && roles.includes(this.#wished));
  }

  /** Whether it plays or has asked to. */
  get wishesToPlay(): boolean {
    return (this.#unanswered > 0 ? this.#wished : this.#role) === "player";
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
        this.#answered();
        return;
      case "refused":
        this.#answered();
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
      this.#wished = command === COMMAND.play ? "player" : "spectator";
      this.#unanswered++;
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

  #answered(): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
  }
}
