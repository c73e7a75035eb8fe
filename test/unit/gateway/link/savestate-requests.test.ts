import { describe, expect, it } from "vitest";
import { SavestateRequests } from "../../../../src/gateway/link/savestate-requests.ts";
import { createManualClock } from "../../../helpers/manual-clock.ts";

interface ContentQuery {
  /** The clients whose requests the host got, with the time. */
  readonly told: string[];
  readonly ask: (name: string) => void;
  readonly leave: (name: string) => void;
  readonly advance: (ms: number) => void;
}

function openRoom(): ContentQuery {
  const clock = createManualClock();
  const requests = new SavestateRequests(clock);
  const told: string[] = [];
  const tells = new Map(
    ["ann", "bob", "carl"].map((name) => [
      name,
      (): void => {
        told.push(`${name} ${clock.now()}`);
      },
    ]),
  );
  const tellOf = (name: string): (() => void) => tells.get(name) ?? expect.unreachable();
  return {
    told,
    ask: (name) => {
      requests.request(tellOf(name));
    },
    leave: (name) => {
      requests.withdraw(tellOf(name));
    },
    advance: (ms) => {
      clock.advance(ms);
    },
  };
}

describe("SavestateRequests", () => {
  it("tells the host of each request at once when they come one by one", () => {
    const { told, ask, advance } = openRoom();
    ask("ann");
    advance(500);
    ask("bob");
    expect(told).toEqual(["ann 0", "bob 500"]);
  });

  it("makes one of those that come within half a second, behind the last of them", () => {
    const { told, ask, advance } = openRoom();
    ask("ann");
    ask("ann");
    advance(200);
    ask("bob");
    ask("carl");
    advance(10_000);
    expect(told).toEqual(["ann 0", "ann 500"]);
  });

  it("tells the host twice a second, however many ask", () => {
    const { told, ask, advance } = openRoom();
    for (let ms = 0; ms < 3_000; ms += 10) {
      ["ann", "bob", "carl"].forEach(ask);
      advance(10);
    }
    expect(told).toHaveLength(7);
  });

  it("tells it in another one's name when a client is gone, and not at all when all are", () => {
    const { told, ask, leave, advance } = openRoom();
    ask("ann");
    ask("bob");
    ask("carl");
    leave("bob");
    advance(1_000);
    expect(told).toEqual(["ann 0", "carl 500"]);
    ask("ann");
    ask("bob");
    leave("bob");
    advance(1_000);
    expect(told).toEqual(["ann 0", "carl 500", "ann 1000"]);
  });
});
