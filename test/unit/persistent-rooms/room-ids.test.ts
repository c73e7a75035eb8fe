import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { identifyRooms } from "../../../src/persistent-rooms/index.ts";
import { OperatorError, sessionIdToBytes } from "../../../src/shared/index.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";

function rooms(...names: string[]) {
  return names.map((name) => ({
    name,
    core: "Fake",
    game: "game",
    password: null,
    spectatePassword: null,
    maxClients: 8,
    keep: "always" as const,
  }));
}

describe("the id of a persistent room", () => {
  it("stays the same as long as data folder and name do", () => {
    const folder = scratchFolder();
    const [first] = identifyRooms(folder, rooms("Friday", "Saturday"));
    const [, again] = identifyRooms(folder, rooms("Monday", "Friday"));
    expect(again?.id).toBe(first?.id);
    expect(sessionIdToBytes(first?.id ?? ("" as never))).toHaveLength(12);
  });

  it("is another one for another name, and in another data folder", () => {
    const ids = [scratchFolder(), scratchFolder()].flatMap((folder) =>
      identifyRooms(folder, rooms("Friday", "Saturday")).map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(4);
  });

  it("is made with a secret that only the server's user can read; without rooms there is no secret", () => {
    const folder = scratchFolder();
    identifyRooms(folder, []);
    expect(() => statSync(path.join(folder, "rooms.secret"))).toThrow();
    identifyRooms(folder, rooms("Friday"));
    expect(statSync(path.join(folder, "rooms.secret")).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(folder, "rooms.secret"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it("is not made when the secret is damaged, or the folder cannot be written", () => {
    const folder = scratchFolder();
    writeFileSync(path.join(folder, "rooms.secret"), "abc");
    expect(() => identifyRooms(folder, rooms("Friday"))).toThrow(OperatorError);
    expect(() => identifyRooms(path.join(folder, "missing"), rooms("Friday"))).toThrow(
      /rooms\.secret cannot be made/,
    );
    chmodSync(folder, 0o700);
  });
});
