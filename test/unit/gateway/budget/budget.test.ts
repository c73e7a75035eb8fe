import { describe, expect, it } from "vitest";
import { Budget, type Charges } from "../../../../src/gateway/budget/index.ts";
import { BUDGETS } from "../../../../src/gateway/budget/limits.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";

const MIB = 1024 * 1024;
const MEMORY_BYTES = 16 * MIB;

describe("Budget", () => {
  const clock = new StandingClock();
  const create = (): Budget => new Budget(clock, MEMORY_BYTES);

  it("holds a connection back as long as it is beyond its rate, and no longer", () => {
    const { charges } = create().connection("a");
    const { burst, perSecond } = BUDGETS.connection.flows.messages;
    charges.take("messages", burst, 0);
    expect(charges.waitMs(0)).toBe(0);
    charges.take("messages", perSecond, 0);
    expect(charges.waitMs(0)).toBeCloseTo(1_000);
    expect(charges.waitMs(500)).toBeCloseTo(500);
    expect(charges.waitMs(1_001)).toBe(0);
  });

  it("charges an address for all its connections, and no other address", () => {
    const budget = create();
    const first = budget.connection("a").charges;
    const second = budget.connection("a").charges;
    const stranger = budget.connection("b").charges;
    first.take("messages", BUDGETS.address.flows.messages.burst + 1, 0);
    expect(second.waitMs(0)).toBeGreaterThan(0);
    expect(stranger.waitMs(0)).toBe(0);
  });

  it("charges the owner of a relayed room for its clients' connections", () => {
    const budget = create();
    const client = budget.connection("client").charges;
    client.enter(budget.relayedRoom("owner"));
    client.take("messages", BUDGETS.address.flows.messages.burst + 1, 0);
    expect(budget.connection("owner").charges.waitMs(0)).toBeGreaterThan(0);
  });

  it("charges a room for all its connections, and no other room", () => {
    const budget = create();
    const [room, other] = [budget.ownRoom(), budget.ownRoom()];
    const enter = (address: string, accounts: typeof room): Charges => {
      const { charges } = budget.connection(address);
      charges.enter(accounts);
      return charges;
    };
    const busy = enter("a", room);
    const beside = enter("b", room);
    const elsewhere = enter("c", other);
    busy.take("messages", BUDGETS.room.flows.messages.burst + 1, 0);
    expect(beside.waitMs(0)).toBeGreaterThan(0);
    expect(elsewhere.waitMs(0)).toBe(0);
  });

  it("holds no connection back in a relayed room of sixteen players, also when a second of their game comes at once", () => {
    const budget = create();
    const room = budget.relayedRoom("owner");
    const addresses = Array.from({ length: 16 }, (_, index) => ["owner", `client${index}`]).flat();
    const connections = addresses.map((address) => budget.connection(address).charges);
    connections.forEach((charges) => {
      charges.enter(room);
    });
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1_000) {
      connections.forEach((charges) => {
        charges.worked(2, nowMs);
      });
      expect(Math.max(...connections.map((charges) => charges.waitMs(nowMs)))).toBe(0);
    }
  });

  it("continues a connection of little work while others use up the time of all", () => {
    const budget = create();
    Array.from({ length: 40 }, (_, index) => budget.connection(`busy${index}`).charges).forEach((busy) => {
      Array.from({ length: 10 }).forEach(() => {
        busy.worked(4, 0);
      });
    });
    const modest = budget.connection("modest").charges;
    modest.worked(1, 0);
    expect(modest.waitMs(0)).toBe(0);
    const eager = budget.connection("eager").charges;
    Array.from({ length: 13 }).forEach(() => {
      eager.worked(4, 0);
    });
    expect(eager.waitMs(0)).toBeGreaterThan(0);
  });

  it("counts memory in use, and frees it when the connection is gone", () => {
    const budget = create();
    const { charges, left } = budget.connection("a");
    charges.enter(budget.ownRoom());
    charges.holds(MIB, 0, 0);
    expect(budget.heldBytes).toBe(MIB);
    charges.holds(MIB / 2, MIB / 2, 0);
    expect(budget.heldBytes).toBe(MIB / 2);
    left();
    expect(budget.heldBytes).toBe(0);
  });

  it("makes the slowest reader of an address free memory, and no client of another address", () => {
    const budget = create();
    const evicted: string[] = [];
    const reader = (address: string, name: string): Charges => {
      const { charges } = budget.connection(address);
      charges.onEvicted(() => evicted.push(name));
      return charges;
    };
    const [slow, quick, other] = [reader("a", "slow"), reader("a", "quick"), reader("b", "other")];
    other.holds(MIB, 0, 0);
    slow.holds(3 * MIB, 0, 0);
    quick.holds(3 * MIB, 0, 0);
    quick.holds(3 * MIB - 1, 64 * MIB, 1_000);
    expect(evicted).toEqual([]);
    const late = reader("a", "late");
    late.holds(3 * MIB, 0, 2_000);
    expect(evicted).toEqual(["slow"]);
    expect(budget.heldBytes).toBe(7 * MIB - 1);
  });

  it("keeps half of the memory from the relayed rooms for the server's own", () => {
    const budget = create();
    let evicted = 0;
    Array.from({ length: 8 }, (_, index) => {
      const { charges } = budget.connection(`client${index}`);
      charges.onEvicted(() => evicted++);
      charges.enter(budget.relayedRoom(`owner${index}`));
      charges.holds(2 * MIB, 0, 0);
    });
    expect(evicted).toBe(4);
    expect(budget.heldBytes).toBe(MEMORY_BYTES / 2);
  });

  it("remembers what an address has used, for a bounded number of addresses", () => {
    const budget = create();
    const come = (address: string): Charges => {
      const { charges, left } = budget.connection(address);
      charges.take("messages", BUDGETS.address.flows.messages.burst + 1, clock.now());
      left();
      return charges;
    };
    come("back");
    expect(budget.connection("back").charges.waitMs(clock.now())).toBeGreaterThan(0);
    Array.from({ length: 5_000 }, (_, index) => come(`a${index}`));
    expect(budget.addresses).toBeLessThan(4_200);
  });

  it("forgets an address that has used nothing", () => {
    const budget = create();
    budget.connection("a").left();
    expect(budget.addresses).toBe(0);
  });

  it("distinguishes a connection that its own rates hold back for long from one that others hold back", () => {
    const budget = create();
    const { charges: offender } = budget.connection("a");
    const { charges: neighbour } = budget.connection("a");
    offender.take("bytes", 100 * BUDGETS.address.flows.bytes.burst, 0);
    expect(neighbour.wasHeldBack(60_000, 60_000)).toBe(false);
    expect(offender.wasHeldBack(60_000, 60_000)).toBe(true);
  });
});
