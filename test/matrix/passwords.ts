import type { Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import type { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient, startTypingPlayer } from "../helpers/players.ts";
import type { RetroArchClient } from "../helpers/retroarch-client.ts";
import type { PlayerSetup } from "./play-cell.ts";
import { openRelayedRoom, startServer } from "./route.ts";

/** Columns of the table of passwords, with the expected text. */
export const passwordColumns = {
  right: "relayed room, right password",
  wrong: "relayed room, wrong password",
  same: "quick join, same password",
  another: "quick join, another password",
  none: "quick join, no password",
} as const;

/** The outcomes, by column. */
export type Seen = Readonly<Partial<Record<keyof typeof passwordColumns, string>>>;

const PASSWORD = "elm9";
const OTHER_PASSWORD = "elk9";
const WRONG = "Incorrect password";

/** A stock RetroArch hosts through the relay and asks for a password: one client knows it, another does not. @throws Error when an outcome is unexpected. */
export async function tryRoomPassword(
  cleanup: Cleanup,
  { owner, joiner }: Readonly<Record<"owner" | "joiner", PlayerSetup>>,
): Promise<Seen> {
  const { program, library } = owner;
  const host = { program, core: { library } };
  const server = await startServer(cleanup, host);
  const room = await openRelayedRoom(server, cleanup, host, PASSWORD);
  const type = createTypist(cleanup, server, room.session);
  const [eve, ann] = await Promise.all([type("eve", OTHER_PASSWORD, joiner), type("ann", PASSWORD, joiner)]);
  await ann.joinedAs(2);
  await eve.sees(WRONG);
  await room.owner.sees("A client tried to connect with the wrong password");
  await eventually("only ann is there", async () => (await rosters(server)).join() === "ann");
  return { right: "joins", wrong: `turned away: \`${WRONG}\`` };
}

/** A server whose rooms are named by passwords: the typed password decides on the room. @throws Error when an outcome is unexpected. */
export async function tryRoomsByPassword(
  cleanup: Cleanup,
  { host, joiner, companion }: Readonly<Record<"host" | "joiner" | "companion", PlayerSetup>>,
): Promise<Seen> {
  const { program, library } = host;
  const server = await startServer(cleanup, { program, core: { library } }, { rooms: "password" });
  const type = createTypist(cleanup, server);
  const players = await Promise.all([
    type("ann", PASSWORD, joiner),
    type("bob", PASSWORD, companion),
    type("eve", OTHER_PASSWORD, joiner),
    type("cyd", "", joiner),
  ]);
  await Promise.all(players.map((player) => player.sees("You have joined as player")));
  // A client that is not asked for a password is in the public room.
  await joinSmallClient(cleanup, { port: server.netplayPort, nick: "dee" });
  await eventually("three rooms", async () => {
    const rooms = await rosters(server);
    return [...rooms].sort().join(" | ") === "ann,bob | cyd,dee | eve";
  });
  return { same: "same room", another: "another room", none: "public room" };
}

/** Starts stock clients that type a password when they are asked for one. */
function createTypist(
  cleanup: Cleanup,
  { netplayPort: port, folder, content }: Netplayd,
  session?: string,
): (nick: string, password: string, setup: PlayerSetup) => Promise<RetroArchClient> {
  const named = session === undefined ? {} : { session };
  return (nick, password, { program: binary, library }) =>
    startTypingPlayer(cleanup, password, {
      ...{ port, folder, nick, binary, library, ...named },
      content,
    });
}

/** The clients in each room, by name and in alphabetical order. */
async function rosters(server: Netplayd): Promise<string[]> {
  const sessions = await server.sessions();
  return sessions.map(({ roster }) =>
    roster
      .map(({ nick }) => nick)
      .sort()
      .join(),
  );
}
