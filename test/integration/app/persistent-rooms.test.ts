import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { PersistentRooms } from "../../../src/persistent-rooms/index.ts";
import type { PersistentRoom } from "../../../src/room-config.ts";
import { toCrc32, type Port, type SessionId } from "../../../src/shared/index.ts";
import type { SessionInfo } from "../../../src/supervisor/index.ts";
import { createFakeHosting, type FakeHosting } from "../../helpers/fake-hosting.ts";
import { eventually } from "../../helpers/eventually.ts";
import { NetplayClient } from "../../helpers/netplay-client.ts";
import { joining } from "../../helpers/netplay-port.ts";

function only({ all }: PersistentRooms): PersistentRoom {
  const [room] = all;
  if (room === undefined) {
    throw new Error("the configuration has a room");
  }
  return room;
}

function sessionOf({ hosting }: FakeHosting, id: SessionId): SessionInfo | undefined {
  return hosting.sessions().find(({ sessionId }) => sessionId === id);
}

/** The session of this room as soon as it hosts with a new process. */
function whenUp(fake: FakeHosting, id: SessionId, oldPid?: number): Promise<SessionInfo & { pid: number }> {
  return eventually("the room to be up", () => {
    const session = sessionOf(fake, id);
    const { pid } = session ?? {};
    return session?.state.name === "standby" && pid !== undefined && pid !== oldPid && { ...session, pid };
  });
}

function isAsleep(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "latin1").includes(" T ");
}

/** A player with the game who joins this room. The fake host never sends SYNC. */
function comeTo(
  port: Port,
  id: SessionId,
  more: Partial<{ crc: number; password: string }> = {},
): NetplayClient {
  const client = new NetplayClient({ port, core: "Fake", crc: toCrc32(1), preamble: joining(id), ...more });
  onTestFinished(() => {
    client.socket.destroy();
  });
  return client;
}

describe("a persistent room that is always on", () => {
  it("sleeps without players, is never ended for being idle, and returns under its id when its host dies or is stopped", async () => {
    const fake = await createFakeHosting("hosts", { idleSeconds: 0.2 }, [{ keep: "always" }]);
    const { persistent } = await fake.openRooms();
    const { id } = only(persistent);
    persistent.begin();
    const first = await whenUp(fake, id);
    await eventually("the host to sleep", () => isAsleep(first.pid));
    expect(first).toMatchObject({
      room: "Friday",
      state: { name: "standby", idleAt: null },
      port: undefined,
    });
    // Another session begins and ends meanwhile; this shows that idle sessions are ended.
    await fake.open();
    await eventually("that one to be reaped", () => fake.hosting.sessions().length === 1);
    expect(sessionOf(fake, id)?.pid).toBe(first.pid);

    process.kill(first.pid, "SIGKILL");
    const second = await whenUp(fake, id, first.pid);
    fake.hosting.stop(id);
    await whenUp(fake, id, second.pid);
  });

  it("counts against the sessions of no address", async () => {
    const rooms = [
      { name: "A", keep: "always" },
      { name: "B", keep: "always" },
    ] as const;
    const fake = await createFakeHosting("hosts", { max: 2, perAddress: 1 }, rooms);
    const { persistent } = await fake.openRooms();
    persistent.begin();
    await Promise.all(persistent.all.map(({ id }) => whenUp(fake, id)));
  });

  it("keeps its place among the sessions while it has no session", async () => {
    const rooms = [{ name: "A", keep: "always" }, { name: "B" }] as const;
    const full = await createFakeHosting("hosts", { max: 1 }, rooms);
    expect(await full.open()).toEqual({ ok: false, reason: "max-sessions" });
    const { persistent } = await full.openRooms();
    persistent.begin();
    await whenUp(full, only(persistent).id);
    const onDemand = persistent.all[1];
    expect(onDemand && (await persistent.open(onDemand, "", "test"))).toEqual({
      ok: false,
      reason: "max-sessions",
    });
    expect((await (await createFakeHosting("hosts", { max: 2 }, rooms)).open()).ok).toBe(true);
  });
});

describe("a persistent room on demand", () => {
  it("is started for a client that comes by its id, is ended without clients, and is started again for the next one", async () => {
    const fake = await createFakeHosting("hosts", { idleSeconds: 0.2, max: 1 }, [{}]);
    const { persistent, port } = await fake.openRooms();
    const { id } = only(persistent);
    persistent.begin();
    expect(fake.hosting.sessions()).toEqual([]);
    const first = comeTo(port, id);
    const { pid } = await whenUp(fake, id);
    await first.close();
    await eventually("the room to be reaped", () => fake.hosting.sessions().length === 0);
    comeTo(port, id);
    await whenUp(fake, id, pid);
  });

  it("is not started for a client with another game, which is shown the room's game, nor without its password", async () => {
    const fake = await createFakeHosting("hosts", {}, [{ password: "tulip" }]);
    const { persistent, port } = await fake.openRooms();
    const { id } = only(persistent);
    const other = comeTo(port, id, { crc: 2, password: "tulip" });
    await eventually("the room's INFO", () => other.hostInfo);
    expect(other.hostInfo).toMatchObject({ coreName: "Fake", crc: 1 });
    const eve = comeTo(port, id, { password: "rose" });
    await eve.ended();
    expect(fake.hosting.sessions()).toEqual([]);
    comeTo(port, id, { password: "tulip" });
    await whenUp(fake, id);
    expect(JSON.stringify(fake.lines)).not.toContain("tulip");
  });

  it("may have more slots than sessions have, and its host accepts as many clients", async () => {
    const fake = await createFakeHosting("hosts", { maxClients: 4 }, [{ maxClients: 12 }]);
    const { persistent, port } = await fake.openRooms();
    const { id } = only(persistent);
    comeTo(port, id);
    await whenUp(fake, id);
    const [folder = ""] = fake.sessionFolders();
    const config = readFileSync(path.join(fake.sessionsDir, folder, "retroarch.cfg"), "utf8");
    // One more than there are slots, for a player who is just leaving.
    expect(config).toContain('netplay_max_connections = "13"');
  });

  it("is full while another session has the only place", async () => {
    const fake = await createFakeHosting("hosts", { max: 1 }, [{}]);
    const { persistent, port } = await fake.openRooms();
    await fake.open();
    const client = comeTo(port, only(persistent).id);
    await client.ended();
    expect(client.hostHeader?.magic).toBe("FULL");
  });
});
