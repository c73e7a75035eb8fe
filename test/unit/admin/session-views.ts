import type { SessionView } from "../../../src/admin/index.ts";
import { newSessionId, sessionIdFromBytes, type SessionId } from "../../../src/shared/index.ts";

/** The id of 12 such bytes: 0xff gives `////////////////`, 0xfb gives `+/v7+/v7+/v7+/v7`. */
export function sessionIdOf(byte: number): SessionId {
  return sessionIdFromBytes(Buffer.alloc(12, byte)) ?? newSessionId();
}

export function createSessionView(overrides: Partial<SessionView> = {}): SessionView {
  return {
    id: newSessionId(),
    kind: "hosted",
    room: null,
    game: "Paddle Rally",
    core: "Nestopia",
    crc: "1BADCAFE",
    port: 55500,
    state: "playing",
    requester: "192.0.2.1:5000",
    startedAt: "2024-05-01T12:00:00.000Z",
    idleDeadline: null,
    roster: [
      {
        nick: "ann",
        clientNumber: 1,
        players: [1],
        address: "192.0.2.1",
        since: "2024-05-01T12:00:05.000Z",
        pingMs: 21,
      },
    ],
    pid: 4711,
    ...overrides,
  };
}
