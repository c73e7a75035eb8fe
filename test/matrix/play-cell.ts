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
  /** E.g. `1.14.0`. */
  readonly retroArch: string;
  /** The highest netplay protocol that it speaks. */
  readonly highestProtocol: number;
  /** Whether this RetroArch knows `--mitm-session`, the second way to name a session. */
  readonly hasSessionSwitch: boolean;
}

export interface Cast {
  readonly joiner: PlayerSetup;
  readonly companion: PlayerSetup;
  /** Called with the first client's name while all play. */
  readonly meanwhile?: (nick: string) => Promise<void>;
}

/** The outcome of a room. `drops-itself`: the client ended the connection and showed the player this text. */
export type PlayOutcome =
  | { readonly type: "plays"; readonly protocol: number | undefined }
  | { readonly type: "drops-itself"; readonly says: string };

/** What a stock client shows when the host's savestate does not fit its own core. */
const STATE_SIZE_ERROR = "unexpected save state size";

/** The highest difference between the frames of two games that were read at almost the same time. */
const CLOSE_FRAMES = 30;
const PACE_MS = 3_000;
const PACE_ATTEMPTS = 8;

/**
 * Plays the demo game in this room: `joiner` as a player, `companion` as the other player unless that is the room's owner, and a second
 * `joiner` as a spectator. All but player 1 come late. Everything that a cell of the matrix promises is read from the players' own
 * memory and files.
 *
 * @throws Error for anything but the two outcomes.
 */
export async function playCell(
  cleanup: Cleanup,
  room: Room,
  { joiner, companion, meanwhile }: Cast,
): Promise<PlayOutcome> {
  const { owner } = room;
  const join = (nick: string, setup: PlayerSetup): Promise<RetroArchClient> =>
    enter(cleanup, room, nick, setup);
  const ownRecord = owner === undefined ? 0 : await setRecord(owner);
  const ann = await join("ann", joiner);
  const says = await stateSizeError(ann);
  if (says !== undefined) {
    return { type: "drops-itself", says };
  }
  const best = owner === undefined ? await setRecord(ann) : ownRecord;
  const [one, two] = owner === undefined ? [ann, await join("bob", companion)] : [owner, ann];
  await two.joinedAs(2);
  const eve = await enter(cleanup, room, "eve", joiner, true);
  await hasState([one, two, eve]);
  await seeEachOther({ one, two, eve });
  await runAtFullPace([one, two, eve]);
  await meanwhile?.(ann.nick);
  const protocol = room.protocolOf(ann.nick);
  for (const player of [eve, two, one]) {
    const folder = player === owner ? player.folder : path.join(player.folder, ".netplay");
    await player.quit();
    expectRecord(player.nick, readFileSync(path.join(folder, "rally.srm")), best);
  }
  return { type: "plays", protocol: protocol === undefined ? undefined : Number(protocol) };
}

/** Starts a stock RetroArch that joins the room. A spectator names the session with the newer option if its RetroArch has it. */
export async function enter(
  cleanup: Cleanup,
  { folder, content, port, session }: Room,
  nick: string,
  { program: binary, library, hasSessionSwitch }: PlayerSetup,
  spectate = false,
): Promise<RetroArchClient> {
  const sessionIn = spectate && hasSessionSwitch ? "switch" : "address";
  const named = session === undefined ? {} : ({ session, sessionIn } as const);
  const options = { folder, content, port, nick, binary, library, spectate };
  const client = await RetroArchClient.start({ ...options, ...named });
  cleanup.defer(() => client.stop());
  return client;
}

/** The message of a client that ends the connection because of its core; undefined once it plays. */
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

/** Player 1 presses a button, so that the computer's next return is a record, which the game stores in its battery RAM. */
async function setRecord(player: RetroArchClient): Promise<number> {
  // A host that has dialled in may not read its gamepad yet. A host that answers runs the game.
  await frameOf(player);
  await player.hold(buttons.A);
  const record = await eventually("a record", async () => {
    const [best = 0] = await player.ram(rally.address.best, 1);
    return best > 0 && best;
  });
  await player.hold();
  return record;
}

/** Clients that join late are in the running game, not in a new one. */
async function hasState(players: readonly RetroArchClient[]): Promise<void> {
  await eventually("all are at the same frame of the same game, with the same record", async () => {
    const frames = await Promise.all(players.map(frameOf));
    const bests = await Promise.all(players.map((player) => player.ram(rally.address.best, 1)));
    const isSame = new Set(bests.flat()).size === 1 && bests[0]?.[0] !== 0;
    return isSame && Math.max(...frames) - Math.min(...frames) <= CLOSE_FRAMES;
  });
}

async function seeEachOther(
  players: Readonly<Record<"one" | "two" | "eve", RetroArchClient>>,
): Promise<void> {
  const all = Object.values(players);
  const { one, two, eve } = players;
  const see = (...pads: number[]): Promise<unknown> =>
    eventually(`pads ${pads.join()} in everybody's memory`, async () => {
      const seen = await Promise.all(all.map((player) => player.ram(rally.address.pads, 2)));
      return seen.every((each) => each.join() === pads.join());
    });
  await see(0, 0);
  await one.hold(buttons.A);
  await see(padBits.A, 0);
  await two.hold(buttons.B);
  await see(padBits.A, padBits.B);
  await one.hold();
  await see(0, padBits.B);
  // No game has a spectator's buttons.
  await eve.hold(buttons.A);
  const before = await frameOf(one);
  await eventually("half a second of the game", async () => (await frameOf(one)) > before + 30);
  await see(0, padBits.B);
  await two.hold();
  await see(0, 0);
}

/** 58 to 62 frames a second for all at once. It is measured again on a busy machine, which says nothing about the pair. */
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

/** Reads the battery RAM, which RetroArch saves when its player leaves, in netplay apart from the player's own saves. */
function expectRecord(nick: string, saved: Buffer, best: number): void {
  const record = saved[5] ?? 0;
  if (saved.toString("latin1", 0, 5) !== "RALLY" || record < best) {
    throw new Error(`${nick} saved no record of ${best}: ${saved.toString("hex", 0, 8)}`);
  }
}
