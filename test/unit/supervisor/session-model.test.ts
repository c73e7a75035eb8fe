import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionEffect, SessionEvent, SessionTimes } from "../../../src/supervisor/session-event.ts";
import { nextDeadline, step, type SessionState } from "../../../src/supervisor/session-starting.ts";

const reaped: SessionTimes = {
  startMs: 10,
  idleMs: 30,
  handshakeMs: 15,
  killMs: 5,
  lostMs: 3,
  settleMs: 1,
  freeze: true,
};
const kept: SessionTimes = { ...reaped, idleMs: null };

/** Any event at any moment, because a message may be late. */
const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.constantFrom(
    ...(
      [
        "gateway-opened",
        "gateway-failed",
        "spawn-failed",
        "ready",
        "wake",
        "joined",
        "left",
        "empty",
        "lost",
        "hung",
        "mismatch",
        "tick",
      ] as const
    ).map((type) => ({ type })),
  ),
  fc.constantFrom("stopped" as const, "shutdown" as const).map((cause) => ({ type: "stop" as const, cause })),
);

/** The environment of a session. It carries out effects, so `exited` and `gateway-closed` come only when they can. */
class World {
  now = 0;
  state: SessionState = { name: "reserved", awaited: false };
  answers = 0;
  endings = 0;
  releases = 0;
  process: "none" | "runs" | "stopped" | "ended" = "none";
  terms = 0;
  gatewayClosing = false;
  gatewayClosed = false;
  reapedWithClient = false;
  /** Since when there is no client; undefined while there is one. */
  #emptySince: number | undefined;
  readonly #times: SessionTimes;
  /** Whether the host must run: between `wake` and `empty`, which the gateway sends in turn. */
  awaited = false;

  constructor(times: SessionTimes) {
    this.#times = times;
  }

  dispatch(event: SessionEvent): void {
    const before = this.state;
    const { state, effects } = step(before, event, this.now, this.#times);
    this.state = state;
    if (before.name === "playing" && state.name === "stopping" && state.cause === "idle") {
      this.reapedWithClient = true;
    }
    if (state.name !== "standby") {
      this.#emptySince = undefined;
    } else if (before.name !== "standby") {
      this.#emptySince = this.now;
    }
    for (const effect of effects) {
      this.perform(effect);
    }
  }

  /** There is no client, and the time of each handshake is over. */
  get outstays(): boolean {
    const { idleMs, handshakeMs } = this.#times;
    return (
      idleMs !== null && this.#emptySince !== undefined && this.now >= this.#emptySince + idleMs + handshakeMs
    );
  }

  perform(effect: SessionEffect): void {
    switch (effect) {
      case "spawn-host":
        expect(this.process).toBe("none");
        this.process = "runs";
        return;
      case "answer-ready":
      case "answer-failed":
        this.answers++;
        return;
      case "freeze":
        expect(this.process).toBe("runs");
        this.process = "stopped";
        return;
      case "thaw":
        this.process = "runs";
        return;
      case "terminate":
        this.terms++;
        this.process = this.process === "none" ? "none" : "runs";
        return;
      case "kill":
        return;
      case "close-gateway":
        this.gatewayClosing = true;
        return;
      case "log-ending":
        this.endings++;
        return;
      case "release":
        this.releases++;
        expect(this.process === "runs" || this.process === "stopped").toBe(false);
    }
  }

  hostEnds(): void {
    if (this.process === "runs") {
      this.process = "ended";
      this.dispatch({ type: "exited" });
    }
  }

  gatewayCloses(): void {
    if (this.gatewayClosing && !this.gatewayClosed) {
      this.gatewayClosed = true;
      this.dispatch({ type: "gateway-closed" });
    }
  }

  /** A spawn that failed leaves no process. */
  send(event: SessionEvent): void {
    if (event.type === "spawn-failed") {
      if (this.process !== "runs" || this.state.name !== "starting") {
        return;
      }
      this.process = "none";
    }
    if (event.type === "wake" || event.type === "empty") {
      this.awaited = event.type === "wake";
    }
    this.dispatch(event);
  }

  /** A handshake is under way and has time left: then time alone does not end the session. */
  isOnTheWay(timePasses: boolean): boolean {
    const isLate = this.#emptySince !== undefined && this.outstays;
    return timePasses && this.state.name === "standby" && this.awaited && !isLate;
  }

  /** A host runs while it is needed. */
  get sleepsOnSomebody(): boolean {
    return this.state.name === "standby" && this.awaited && this.process === "stopped";
  }
}

describe("a session under any events in any order", () => {
  it.each([
    ["one that is reaped", reaped],
    ["one that is kept", kept],
  ])("answers once, releases once and only without a process, and never reaps a client: %s", (_, times) => {
    const script = fc.array(
      fc.tuple(anyEvent, fc.nat(20), fc.constantFrom("none", "host-ends", "gateway-closes")),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(script, (steps) => {
        const world = new World(times);
        for (const [event, elapsed, aside] of steps) {
          world.now += elapsed;
          const cutsOff = world.isOnTheWay(event.type === "tick");
          world.send(event);
          expect(cutsOff && world.state.name !== "standby").toBe(false);
          expect(event.type === "tick" && world.outstays).toBe(false);
          expect(world.sleepsOnSomebody).toBe(false);
          expect(times === kept && world.state.name === "stopping" && world.state.cause === "idle").toBe(
            false,
          );
          if (aside === "host-ends") world.hostEnds();
          if (aside === "gateway-closes") world.gatewayCloses();
        }
        world.dispatch(
          world.state.name === "reserved" ? { type: "gateway-failed" } : { type: "stop", cause: "shutdown" },
        );
        world.now = (nextDeadline(world.state, times) ?? world.now) + 1;
        world.dispatch({ type: "tick" });
        world.hostEnds();
        world.gatewayCloses();

        expect(world.state.name).toBe("gone");
        expect(world.answers).toBe(1);
        // A session without a gateway is answered, and reports no end.
        expect(world.endings).toBe(world.gatewayClosing ? 1 : 0);
        expect(world.releases).toBe(1);
        expect(world.terms).toBeLessThanOrEqual(1);
        expect(world.reapedWithClient).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
