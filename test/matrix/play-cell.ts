import { readFileSync } from "node:fs";
import path from "node:path";
import type { Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { frameOf, measurePace, padBits, rally } from "../helpers/rally.ts";
import { buttons, RetroArchClient } from "../helpers/retroarch-client.ts";
import type { Room } from "./route.ts";

/** A player's RetroArch and core. */
export interface PlayerSetup {
  readonly program: string;
  readonly library: string;
}

/** What came of a room. `drops-itself`: the client ended the connection and showed the player this text. */
export type PlayOutcome =
  | { readonly type: "plays"; readonly protocol: number }
  | { readonly type: "drops-itself"; readonly says: string };

/** What a stock client shows when the host's savestate does not fit its own core. */
const STATE_SIZE_ERROR = "unexpected save state size";

/** A late joiner's game was asked for its frame at almost the same time as the other's. */
const CLOSE_FRAMES = 30;
const PACE_MS = 3_000;
const PACE_ATTEMPTS = 8;

/**
 * Plays the demo game in this room: the guest as player 1, the companion as player 2 and another guest as a spectator, the latter
 * two late. Everything that a cell of the matrix promises is looked up in the players' own memory and files.
 *
 * @throws Error for anything but the two outcomes.
 */
export async function playCell(
  cleanup: Cleanup,
  room: Room,
  { guest, companion }: { readonly guest: PlayerSetup; readonly companion: PlayerSetup },
): Promise<PlayOutcome> {
  const join = async (nick: string, setup: PlayerSetup, spectate = false): Promise<RetroArchClient> => {
    const { folder, content, port } = room;
    const { program: binary, library } = setup;
    const client = await RetroArchClient.start({ folder, content, port, nick, binary, library, spectate });
    cleanup.defer(() => client.stop());
    return client;
  };
  const ann = await join("ann", guest);
  const says = await stateSizeError(ann);
  if (says !== undefined) {
    return { type: "drops-itself", says };
  }
  const best = await setRecord(ann);
  const bob = await join("bob", companion);
  await bob.joinedAs(2);
  const eve = await join("eve", guest, true);
  await hasState([ann, bob, eve]);
  await seeEachOther({ ann, bob, eve });
  await runAtFullPace([ann, bob, eve]);
  for (const player of [eve, bob, ann]) {
    await hasSavedRecord(player, best);
  }
  return { type: "plays", protocol: Number(room.protocolOf(ann.nick)) };
}

/** What the client says when it ends the connection for its core's sake; undefined once it plays. */
async function stateSizeError(client: RetroArchClient): Promise<string | undefined> {
  const line = (text: string): string | undefined =>
    client
      .log()
      .split("\n")
      .find((each) => each.includes(text));
  const what = `${client.nick} plays, or says why it does not`;
  const decided = await eventually(
    what,
    () => line(STATE_SIZE_ERROR) ?? line("You have joined"),
    15_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${client.log().split("\n").slice(-25).join("\n")}`);
  });
  return decided.includes(STATE_SIZE_ERROR) ? decided.replace(/^(\[\w+\]:?\s*)+/, "").trim() : undefined;
}

/** Player 1 touches the pad, so that the computer's next return is a record, which the game keeps in its battery RAM. */
async function setRecord(player: RetroArchClient): Promise<number> {
  await player.hold(buttons.A);
  const record = await eventually("a record", async () => {
    const [best = 0] = await player.ram(rally.address.best, 1);
    return best > 0 && best;
  });
  await player.hold();
  return record;
}

/** The late ones are in the game as it is, not in one of their own from its beginning. */
async function hasState(players: readonly RetroArchClient[]): Promise<void> {
  await eventually("all are at the same frame of the same game, with the same record", async () => {
    const frames = await Promise.all(players.map(frameOf));
    const bests = await Promise.all(players.map((player) => player.ram(rally.address.best, 1)));
    const isSame = new Set(bests.flat()).size === 1 && bests[0]?.[0] !== 0;
    return isSame && Math.max(...frames) - Math.min(...frames) <= CLOSE_FRAMES;
  });
}

async function seeEachOther(
  players: Readonly<Record<"ann" | "bob" | "eve", RetroArchClient>>,
): Promise<void> {
  const all = Object.values(players);
  const { ann, bob, eve } = players;
  const see = (...pads: number[]): Promise<unknown> =>
    eventually(`pads ${pads.join()} in everybody's memory`, async () => {
      const seen = await Promise.all(all.map((player) => player.ram(rally.address.pads, 2)));
      return seen.every((each) => each.join() === pads.join());
    });
  await see(0, 0);
  await ann.hold(buttons.A);
  await see(padBits.A, 0);
  await bob.hold(buttons.B);
  await see(padBits.A, padBits.B);
  await ann.hold();
  await see(0, padBits.B);
  // A spectator's buttons are nobody's.
  await eve.hold(buttons.A);
  const before = await frameOf(ann);
  await eventually("half a second of the game", async () => (await frameOf(ann)) > before + 30);
  await see(0, padBits.B);
  await bob.hold();
  await see(0, 0);
}

/** Sixty frames a second, give or take two, for all at once. A busy machine gets another chance: it says nothing about the match. */
async function runAtFullPace(players: readonly RetroArchClient[]): Promise<void> {
  const tried: string[] = [];
  while (tried.length < PACE_ATTEMPTS) {
    const paces = await Promise.all(players.map((player) => measurePace(player, PACE_MS)));
    if (paces.every(({ fps }) => fps > 58 && fps < 62)) {
      return;
    }
    tried.push(paces.map(({ fps }) => fps.toFixed(1)).join(", "));
  }
  throw new Error(`not 60 frames a second: ${tried.join("; ")}`);
}

/** Leaves, and looks into the battery RAM that RetroArch saves then. */
async function hasSavedRecord(player: RetroArchClient, best: number): Promise<void> {
  await player.quit();
  const saved = readFileSync(path.join(player.folder, ".netplay", "rally.srm"));
  const record = saved[5] ?? 0;
  if (saved.toString("latin1", 0, 5) !== "RALLY" || record < best) {
    throw new Error(`${player.nick} saved no record of ${best}: ${saved.toString("hex", 0, 8)}`);
  }
}
