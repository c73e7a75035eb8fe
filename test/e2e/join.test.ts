import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { makePlayerHome, playInShell } from "../helpers/player-home.ts";
import { startPlayer } from "../helpers/players.ts";

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { netplay: { host: "::" } });
});

/** A name with characters that a shell interprets. */
const ODD = `it's a "game" & $HOME`;

/** Runs the line that `join --print` prints for this room in a shell; resolves with the line when that RetroArch plays. */
async function pasteJoin(test: Cleanup, room: string, nick: string): Promise<string> {
  const home = makePlayerHome(test, ODD);
  const args = ["join", room, home.content, "--core", "Nestopia", "--nick", nick, "--print"];
  const printed = await runNetplayd(args, { env: home.env });
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  await playInShell(test, home, printed.stdout);
  return printed.stdout;
}

async function nicksIn(id: string): Promise<string[]> {
  const session = (await server.sessions()).find((each) => each.id === id);
  return (session?.roster ?? []).map(({ nick }) => nick);
}

describe("the command that netplayd join prints", () => {
  it("quick-joins, and joins the same room by its id, also over IPv6", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    const first = await pasteJoin(test, `[::1]:${port}`, "ann");
    expect(first).toContain(`--connect ::1 --port ${port}`);
    const [room] = await server.sessions();
    const id = room?.id ?? "";
    await pasteJoin(test, `[::1]:${port}/${id}`, ODD);
    expect(await nicksIn(id)).toEqual(["ann", ODD]);
  });

  it("joins a relayed room by its id", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    await startPlayer(test, server, { port, nick: "cyd", hosts: true });
    const room = await eventually("a relayed room", async () =>
      (await server.sessions()).find(({ kind }) => kind === "relayed"),
    );
    await pasteJoin(test, `127.0.0.1:${port}/${room.id}`, "dan");
    expect(await nicksIn(room.id)).toEqual(["dan"]);
  });
});
