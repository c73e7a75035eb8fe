import type { SessionId } from "../shared/index.ts";
import type { Asker, Place } from "./admission.ts";
import type { SessionEvent } from "./session-state.ts";

type Taken = { -readonly [Key in keyof Omit<Place, "isEnding">]: Place[Key] };

/** Who has the places of this machine's sessions, as far as admission has to know. */
export class Places {
  readonly #taken = new Set<Taken>();
  readonly #ofSession = new Map<SessionId, Taken>();

  /** @returns Takes the session in that the place is for. */
  take(asker: Asker | undefined): { hold(sessionId: SessionId): void; giveUp(): void } {
    const place: Taken = {
      sessionId: undefined,
      asker,
      upSinceMs: undefined,
      wasJoined: false,
      hasHandshake: false,
    };
    this.#taken.add(place);
    return {
      hold: (sessionId) => {
        place.sessionId = sessionId;
        this.#ofSession.set(sessionId, place);
      },
      giveUp: () => {
        this.#taken.delete(place);
      },
    };
  }

  note(sessionId: SessionId, { type }: SessionEvent, nowMs: number): void {
    const place = this.#ofSession.get(sessionId);
    if (place === undefined) {
      return;
    }
    switch (type) {
      case "ready":
        place.upSinceMs = nowMs;
        return;
      case "wake":
      case "empty":
        place.hasHandshake = type === "wake";
        return;
      case "joined":
        place.wasJoined = true;
        return;
      default:
        return;
    }
  }

  /** The session is gone, or its place is somebody else's already. */
  leave(sessionId: SessionId): void {
    const place = this.#ofSession.get(sessionId);
    if (place !== undefined) {
      this.#taken.delete(place);
      this.#ofSession.delete(sessionId);
    }
  }

  /** @param isAlive - Whether a session hosts or starts. */
  snapshot(isAlive: (sessionId: SessionId) => boolean): Place[] {
    return [...this.#taken].map((place) => ({
      ...place,
      isEnding: place.sessionId !== undefined && !isAlive(place.sessionId),
    }));
  }
}
