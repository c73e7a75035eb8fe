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

  it("merges requests that come within half a second, after the last of them", () => {
    const { told, ask, advance } = openRoom();
    ask("ann");
    ask("ann");
    advance(200);
    ask("bob");
    ask("carl");
    advance(10_000);
    expect(told).toEqual(["ann 0", "ann 500"]);
  });

  it("sends two requests a second to the host, for any number of clients", () => {
    const { told, ask, advance } = openRoom();
    for (let ms = 0; ms < 3_000; ms += 10) {
      ["ann", "bob", "carl"].forEach(ask);
      advance(10);
    }
    expect(told).toHaveLength(7);
  });

  it("uses another client's request when a client is gone, and none when all are gone", () => {
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
