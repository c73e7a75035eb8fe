import { describe, expect, it } from "vitest";
import { afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { startPlayer, startTypingPlayer } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";
import type { ClientOptions, RetroArchClient } from "../helpers/retroarch-client.ts";

/** A stock RetroArch that joins through this server's netplay port; its player has typed this password. */
function joinTyping(
  password: string,
  test: Cleanup,
  { netplayPort: port, folder }: Netplayd,
  options: Pick<ClientOptions, "nick" | "session">,
): Promise<RetroArchClient> {
  return startTypingPlayer(test, password, { port, folder, content: rally.file, ...options });
}

describe("the password that a player types into RetroArch's menu", () => {
  it("names the room: players with the same password meet, and without a password they are in the public room", async () => {
    const test = afterThisTest();
    const server = await Netplayd.start(test, { netplay: { rooms: "password" } });
    for (const [nick, password, player] of [
      ["ann", "elm", 1],
      ["bob", "elm", 2],
      ["cyd", "elk", 1],
      ["dan", "", 1],
    ] as const) {
      const joined = await joinTyping(password, test, server, { nick });
      await joined.joinedAs(player);
    }
    const rosters = (await server.sessions()).map(({ roster }) => roster.map(({ nick }) => nick));
    expect(rosters).toEqual([["ann", "bob"], ["cyd"], ["dan"]]);
  });

  it("opens a relayed room whose owner's RetroArch asks for it; another password does not", async () => {
    const test = afterThisTest();
    const server = await Netplayd.start(test);
    await startPlayer(test, server, { port: server.netplayPort, nick: "ann", hosts: true, password: "elm" });
    const room = await eventually("a relayed room", async () => (await server.sessions())[0]);
    const eve = await joinTyping("elk", test, server, { nick: "eve", session: room.id });
    await eve.sees("Incorrect password");
    const bob = await joinTyping("elm", test, server, { nick: "bob", session: room.id });
    await bob.joinedAs(2);
    expect(await server.sessions()).toMatchObject([{ id: room.id, roster: [{ nick: "bob" }] }]);
  });
});
