import { describe, expect, it } from "vitest";
import type { SessionEvent, SessionTimes } from "../../../src/supervisor/session-event.ts";
import { nextDeadline, step, type SessionState } from "../../../src/supervisor/session-starting.ts";

const times: SessionTimes = {
  startMs: 10_000,
  idleMs: 30_000,
  handshakeMs: 15_000,
  killMs: 5_000,
  lostMs: 500,
  settleMs: 1_000,
  freeze: true,
};

const reserved: SessionState = { name: "reserved", awaited: false };
const starting: SessionState = { name: "starting", startBy: 10_000, awaited: false };
const frozen: SessionState = {
  name: "standby",
  idleAt: 30_000,
  awaited: false,
  frozen: true,
  freezeAt: null,
};
const awake: SessionState = {
  name: "standby",
  idleAt: 30_000,
  awaited: false,
  frozen: false,
  freezeAt: null,
};
const playing: SessionState = { name: "playing", clients: 2 };

type Stopping = Extract<SessionState, { name: "stopping" }>;

function stopping(state: Partial<Stopping> = {}): Stopping {
  const ends = { cause: "idle", exited: false, gatewayClosed: false, tellAt: null, killAt: 6_000 } as const;
  return { name: "stopping", ...ends, ...state };
}

const lost = stopping({ cause: "host-lost", tellAt: 500, killAt: null });

interface Row {
  readonly title: string;
  readonly from: SessionState;
  readonly event: SessionEvent;
  readonly now?: number;
  readonly to: Partial<SessionState>;
  readonly effects: readonly string[];
}

const rows: Row[] = [
  {
    title: "starts the host when the gateway is open",
    from: reserved,
    event: { type: "gateway-opened" },
    now: 5,
    to: { name: "starting", startBy: 10_005 },
    effects: ["spawn-host"],
  },
  {
    title: "is gone at once when there is no port",
    from: reserved,
    event: { type: "gateway-failed" },
    to: { name: "gone", cause: "no-port" },
    effects: ["answer-failed", "release"],
  },
  {
    title: "closes a gateway that is still opening when it is stopped",
    from: reserved,
    event: { type: "stop", cause: "shutdown" },
    to: { name: "stopping", cause: "shutdown", exited: true, killAt: null },
    effects: ["answer-failed", "close-gateway", "log-ending"],
  },
  {
    title: "answers and sleeps when the host has dialled in",
    from: starting,
    event: { type: "ready" },
    now: 100,
    to: { name: "standby", idleAt: 30_100, frozen: true, freezeAt: null },
    effects: ["answer-ready", "freeze"],
  },
  {
    title: "remembers a handshake that begins while the host is still starting",
    from: starting,
    event: { type: "wake" },
    to: { name: "starting", awaited: true },
    effects: [],
  },
  {
    title: "does not sleep when a client already waits",
    from: { name: "starting", startBy: 10_000, awaited: true },
    event: { type: "ready" },
    to: { name: "standby", frozen: false },
    effects: ["answer-ready"],
  },
  {
    title: "sleeps when the waiting client has gone before it is ready",
    from: { name: "starting", startBy: 10_000, awaited: true },
    event: { type: "empty" },
    to: { name: "starting", awaited: false },
    effects: [],
  },
  {
    title: "refuses when the process could not be started",
    from: starting,
    event: { type: "spawn-failed" },
    to: { name: "stopping", cause: "spawn-failed", exited: true },
    effects: ["answer-failed", "close-gateway", "log-ending"],
  },
  {
    title: "refuses when the host ends before it hosts",
    from: starting,
    event: { type: "exited" },
    to: { name: "stopping", cause: "start-exited", exited: true },
    effects: ["answer-failed", "close-gateway", "log-ending"],
  },
  {
    title: "waits until the start deadline",
    from: starting,
    event: { type: "tick" },
    now: 9_999,
    to: { name: "starting" },
    effects: [],
  },
  {
    title: "ends a host that does not dial in before the deadline",
    from: starting,
    event: { type: "tick" },
    now: 10_000,
    to: { name: "stopping", cause: "start-timeout", exited: false, killAt: 15_000 },
    effects: ["answer-failed", "close-gateway", "log-ending", "terminate"],
  },
  {
    title: "wakes a sleeping host for a connection",
    from: frozen,
    event: { type: "wake" },
    to: { name: "standby", frozen: false, freezeAt: null, idleAt: 30_000 },
    effects: ["thaw"],
  },
  {
    title: "does not wake a host that is awake",
    from: awake,
    event: { type: "wake" },
    to: { name: "standby", frozen: false },
    effects: [],
  },
  {
    title: "plays with the first client",
    from: awake,
    event: { type: "joined" },
    to: { name: "playing", clients: 1 },
    effects: [],
  },
  {
    title: "lets the host settle before it sleeps again",
    from: awake,
    event: { type: "empty" },
    now: 50,
    to: { name: "standby", freezeAt: 1_050, frozen: false },
    effects: [],
  },
  {
    title: "sleeps when it has settled",
    from: { name: "standby", idleAt: 30_000, awaited: false, frozen: false, freezeAt: 1_050 },
    event: { type: "tick" },
    now: 1_050,
    to: { name: "standby", frozen: true, freezeAt: null },
    effects: ["freeze"],
  },
  {
    title: "ends at its deadline also while its host is awake",
    from: awake,
    event: { type: "tick" },
    now: 30_000,
    to: { name: "stopping", cause: "idle" },
    effects: ["close-gateway", "log-ending", "terminate"],
  },
  {
    title: "never ends for being idle while it has a client",
    from: playing,
    event: { type: "tick" },
    now: 1e9,
    to: { name: "playing", clients: 2 },
    effects: [],
  },
  {
    title: "plays on when one of two leaves",
    from: playing,
    event: { type: "left" },
    to: { name: "playing", clients: 1 },
    effects: [],
  },
  {
    title: "waits for its deadline again when the last client leaves",
    from: { name: "playing", clients: 1 },
    event: { type: "left" },
    now: 70,
    to: { name: "standby", idleAt: 30_070, frozen: false },
    effects: [],
  },
  {
    title: "ends when the host crashes with players in it",
    from: playing,
    event: { type: "exited" },
    to: { name: "stopping", cause: "host-exited", exited: true, killAt: null },
    effects: ["close-gateway", "log-ending"],
  },
  {
    title: "closes the gateway at once when the host's connection has ended, and waits for the process",
    from: playing,
    event: { type: "lost" },
    to: { name: "stopping", exited: false, tellAt: 500, killAt: null },
    effects: ["close-gateway"],
  },
  {
    title: "says that its host crashed when the process follows",
    from: lost,
    event: { type: "exited" },
    now: 499,
    to: { name: "stopping", cause: "host-exited", exited: true, tellAt: null },
    effects: ["log-ending"],
  },
  {
    title: "says so also when the gateway is closed already",
    from: { ...lost, gatewayClosed: true },
    event: { type: "exited" },
    to: { name: "gone", cause: "host-exited" },
    effects: ["log-ending", "release"],
  },
  {
    title: "ends a host that gave up netplay and runs on",
    from: lost,
    event: { type: "tick" },
    now: 500,
    to: { name: "stopping", cause: "host-lost", tellAt: null, killAt: 5_500 },
    effects: ["log-ending", "terminate"],
  },
  {
    title: "still says so when that host has ended",
    from: { ...lost, tellAt: null, killAt: 5_500 },
    event: { type: "exited" },
    to: { name: "stopping", cause: "host-lost" },
    effects: [],
  },
  {
    title: "kills a host that ignores SIGTERM, once",
    from: stopping(),
    event: { type: "tick" },
    now: 6_000,
    to: { name: "stopping", killAt: null },
    effects: ["kill"],
  },
  {
    title: "is not gone before the gateway is closed",
    from: stopping(),
    event: { type: "exited" },
    to: { name: "stopping", exited: true },
    effects: [],
  },
  {
    title: "is not gone before the host has ended",
    from: stopping(),
    event: { type: "gateway-closed" },
    to: { name: "stopping", gatewayClosed: true },
    effects: [],
  },
  {
    title: "is gone when both are done",
    from: stopping({ gatewayClosed: true }),
    event: { type: "exited" },
    to: { name: "gone", cause: "idle" },
    effects: ["release"],
  },
  {
    title: "keeps its first cause",
    from: stopping(),
    event: { type: "stop", cause: "shutdown" },
    to: { name: "stopping", cause: "idle" },
    effects: [],
  },
];

const onTheWay: SessionState = { ...awake, awaited: true };

rows.push(
  {
    title: "waits at the deadline for a handshake that is under way",
    from: onTheWay,
    event: { type: "tick" },
    now: 30_000,
    to: { name: "standby", idleAt: 30_000 },
    effects: [],
  },
  {
    title: "ends when that client has left after the deadline",
    from: onTheWay,
    event: { type: "empty" },
    now: 33_000,
    to: { name: "stopping", cause: "idle" },
    effects: ["close-gateway", "log-ending", "terminate"],
  },
  {
    title: "ends when that handshake takes too long",
    from: onTheWay,
    event: { type: "tick" },
    now: 45_000,
    to: { name: "stopping", cause: "idle" },
    effects: ["close-gateway", "log-ending", "terminate"],
  },
  {
    title: "accepts that client after the deadline",
    from: onTheWay,
    event: { type: "joined" },
    now: 44_000,
    to: { name: "playing", clients: 1 },
    effects: [],
  },
  ...[awake, playing].map((from) => ({
    title: `ends when its host hangs: ${from.name}`,
    from,
    event: { type: "hung" as const },
    to: { name: "stopping" as const, cause: "host-hung" as const, killAt: 5_000 },
    effects: ["close-gateway", "log-ending", "terminate"],
  })),
  {
    title: "ends when its host announces another game",
    from: onTheWay,
    event: { type: "mismatch" },
    to: { name: "stopping", cause: "wrong-content" },
    effects: ["close-gateway", "log-ending", "terminate"],
  },
);

describe("a session", () => {
  it.each(rows)("$title", ({ from, event, now = 0, to, effects }) => {
    const result = step(from, event, now, times);
    expect(result.state).toMatchObject(to);
    expect(result.effects).toEqual(effects);
  });

  it("never sleeps when freeze is off", () => {
    const awakeTimes = { ...times, freeze: false };
    const ready = step(starting, { type: "ready" }, 0, awakeTimes);
    expect(ready.effects).toEqual(["answer-ready"]);
    const empty = step(ready.state, { type: "empty" }, 10, awakeTimes);
    expect(nextDeadline(empty.state, times)).toBe(30_000);
  });

  it("that is always on has no deadline in standby, only that of its sleep", () => {
    const keptTimes = { ...times, idleMs: null };
    const asleep = step(starting, { type: "ready" }, 0, keptTimes).state;
    expect(nextDeadline(asleep, keptTimes)).toBeUndefined();
    expect(step(asleep, { type: "tick" }, 1e9, keptTimes).state).toEqual(asleep);
    const left = step({ name: "playing", clients: 1 }, { type: "left" }, 10, keptTimes).state;
    const settling = step(left, { type: "empty" }, 10, keptTimes).state;
    expect(nextDeadline(settling, times)).toBe(1_010);
    expect(step(settling, { type: "tick" }, 1_010, keptTimes).effects).toEqual(["freeze"]);
  });

  it("stays gone whatever happens", () => {
    const gone: SessionState = { name: "gone", cause: "idle" };
    const types = [
      "ready",
      "wake",
      "joined",
      "left",
      "empty",
      "lost",
      "exited",
      "gateway-closed",
      "tick",
    ] as const;
    for (const type of types) {
      expect(step(gone, { type }, 1e9, times)).toEqual({ state: gone, effects: [] });
    }
  });
});
