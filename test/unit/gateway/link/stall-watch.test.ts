import { describe, expect, it } from "vitest";
import { StallBudgets } from "../../../../src/gateway/link/stall-budgets.ts";
import { StallWatch } from "../../../../src/gateway/link/stall-watch.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";

const FRAME_MS = 1000 / 60;
const WINDOW_FRAMES = 60;

/** A room of one player and its host, which stops when the player's input is 60 frames behind. */
class Game {
  readonly clock: StandingClock;
  readonly budgets: StallBudgets;
  readonly watch: StallWatch;
  exhausted = 0;
  hostFrame = 0;
  nextInput = 1;

  constructor(clock = new StandingClock(), budgets = new StallBudgets(), address = "192.0.2.1") {
    this.clock = clock;
    this.budgets = budgets;
    this.watch = new StallWatch({ clock, budgets, address, onExhausted: () => this.exhausted++ });
  }

  takePad(): void {
    this.nextInput = this.hostFrame + 1;
    this.watch.heard({ type: "mode", playing: true, slave: false, ports: [1], frame: this.nextInput });
  }

  leavePad(): void {
    this.watch.heard({ type: "mode", playing: false, slave: false, ports: [], frame: this.nextInput });
  }

  /** Lets time pass, a frame at a time. The player sends input for every frame, for one in `every`, or for none. */
  run(durationMs: number, every = Infinity): number {
    const from = this.hostFrame;
    for (let step = 0; step * FRAME_MS < durationMs; step++) {
      this.clock.pass(FRAME_MS);
      if (this.hostFrame - this.nextInput < WINDOW_FRAMES) {
        this.watch.heard({ type: "frame", frame: ++this.hostFrame });
      }
      if (every !== Infinity && step % every === 0) {
        this.input(this.nextInput);
      }
    }
    return this.hostFrame - from;
  }

  /** Input for all frames up to now, as after a pause. */
  catchUp(): void {
    for (let frame = this.nextInput; frame <= this.hostFrame; frame++) {
      this.input(frame);
    }
  }

  input(frame: number): void {
    this.nextInput = frame + 1;
    this.watch.input(frame);
  }

  mayPlay(): boolean {
    return this.budgets.mayPlay("192.0.2.1", this.clock.now());
  }
}

describe("a player who makes the room wait", () => {
  it("is not charged while it sends input, and leaves no timer", () => {
    const game = new Game();
    game.takePad();
    game.run(10 * 60_000, 1);
    expect(game.exhausted).toBe(0);
    expect(game.clock.pendingTimers).toBe(0);
  });

  it("may pause for three seconds every minute, and three times at once", () => {
    const game = new Game();
    game.takePad();
    game.run(1_000, 1);
    for (let minute = 0; minute < 60; minute++) {
      game.run(3_000);
      game.catchUp();
      game.run(60_000, 1);
    }
    game.run(5 * 60_000, 1);
    for (let hiccup = 0; hiccup < 3; hiccup++) {
      game.run(2_900);
      game.catchUp();
      game.run(500, 1);
    }
    expect(game.exhausted).toBe(0);
    expect(game.mayPlay()).toBe(true);
  });

  it("is ended after three seconds of standstill when it has taken a pad and sends no input", () => {
    const game = new Game();
    game.takePad();
    game.run(3_900);
    expect(game.exhausted).toBe(0);
    game.run(1_000);
    expect(game.exhausted).toBe(1);
    expect(game.mayPlay()).toBe(false);
  });

  it("is waited for as long as its host waits while it loads a savestate of half a megabyte", () => {
    const game = new Game();
    game.takePad();
    game.watch.sent(512 * 1024);
    game.run(6_000);
    expect(game.exhausted).toBe(0);
    game.catchUp();
    game.run(60_000, 1);
    expect(game.exhausted).toBe(0);
  });

  it("is charged the same for one input in six frames", () => {
    const game = new Game();
    game.takePad();
    game.run(15_000, 6);
    expect(game.exhausted).toBe(1);
  });

  it("cannot get a new budget by leaving the pad, the room or both", () => {
    const game = new Game();
    let incidents = 0;
    for (; game.mayPlay() && incidents < 20; incidents++) {
      game.takePad();
      game.run(3_000);
      game.leavePad();
      game.run(100);
    }
    expect(incidents).toBeLessThanOrEqual(4);

    const again = new Game(game.clock, game.budgets);
    expect(again.mayPlay()).toBe(false);
  });

  it("is refused for a minute, then for two, then for four, up to an hour", () => {
    const clock = new StandingClock();
    const budgets = new StallBudgets();
    const from = clock.now();
    let standstillMs = 0;
    while (clock.now() - from < 6 * 3_600_000) {
      if (!budgets.mayPlay("192.0.2.1", clock.now())) {
        clock.pass(1_000);
        continue;
      }
      const game = new Game(clock, budgets);
      game.takePad();
      const beganMs = clock.now();
      while (game.exhausted === 0) {
        game.run(100);
      }
      standstillMs += clock.now() - beganMs - WINDOW_FRAMES * FRAME_MS;
    }
    expect(standstillMs).toBeLessThan(40_000);
  });

  it("is charged once to an address with two players", () => {
    const clock = new StandingClock();
    const budgets = new StallBudgets();
    expect(budgets.spend("192.0.2.1", 3_000, clock.now())).toBe(false);
    expect(budgets.spend("192.0.2.1", 3_000, clock.now())).toBe(false);
    clock.pass(3_300);
    expect(budgets.spend("192.0.2.1", 3_300, clock.now())).toBe(true);
  });

  it("is not charged to another address, but to a whole IPv6 network together", () => {
    const budgets = new StallBudgets();
    budgets.exhaust("2001:db8::1", 0);
    expect(budgets.mayPlay("2001:db8::2", 1)).toBe(false);
    expect(budgets.mayPlay("2001:db8:1::1", 1)).toBe(true);
  });
});

describe("no address is charged", () => {
  it("for a spectator, or a slave player, for whom no host waits", () => {
    const game = new Game();
    game.run(20_000);
    game.watch.heard({ type: "mode", playing: true, slave: true, ports: [1], frame: 1 });
    for (let frame = 1; frame < 1_000; frame++) {
      game.clock.pass(100);
      game.watch.heard({ type: "frame", frame });
    }
    expect(game.exhausted).toBe(0);
  });

  it("for a host that stands still although the player's input has come", () => {
    const game = new Game();
    game.takePad();
    game.run(5_000, 1);
    game.clock.pass(60_000);
    game.run(5_000, 1);
    expect(game.exhausted).toBe(0);
  });
});
