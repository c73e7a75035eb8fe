import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { Netplayd, type ServerOptions } from "./netplayd.ts";
import { joinAs, startPlayer } from "./players.ts";
import { frameOf, isFullPace, measurePace, padBits, rally, type Pace } from "./rally.ts";
import { buttons, type RetroArchClient } from "./retroarch-client.ts";

/** A room of the demo game with two stock players, and checks whether they play correctly. */
export class LiveRoom {
  readonly server: Netplayd;
  readonly port: number;
  readonly players: readonly [RetroArchClient, RetroArchClient];
  readonly #cleanup: Cleanup;

  private constructor(
    server: Netplayd,
    port: number,
    players: readonly [RetroArchClient, RetroArchClient],
    cleanup: Cleanup,
  ) {
    this.server = server;
    this.port = port;
    this.players = players;
    this.#cleanup = cleanup;
  }

  /** Starts a server and lets ann and bob join its one session, in this order. */
  static async open(cleanup: Cleanup, options: ServerOptions = {}): Promise<LiveRoom> {
    const server = await Netplayd.start(cleanup, options);
    const port = await server.ask();
    const ann = await joinAs(1, cleanup, server, { port, nick: "ann" });
    const bob = await joinAs(2, cleanup, server, { port, nick: "bob" });
    return new LiveRoom(server, port, [ann, bob], cleanup);
  }

  /** How fast both players' games run, for `durationMs` and for as long as the attack goes on. */
  async paces(attack: Promise<unknown> = Promise.resolve(), durationMs = 2_500): Promise<readonly Pace[]> {
    const over = performance.now() + durationMs;
    const whole = attack.then(() =>
      eventually("time passes", () => performance.now() > over, durationMs + 1_000),
    );
    const paces = await Promise.all(this.players.map((player) => measurePace(player, whole)));
    await whole;
    return paces;
  }

  /** Both players' games run at their speed, for `durationMs` and for as long as the attack goes on. */
  async keepsPace(attack?: Promise<unknown>, durationMs?: number): Promise<void> {
    const paces = await this.paces(attack, durationMs);
    if (!paces.every(isFullPace)) {
      throw new Error(`the players' games do not run at 60 frames a second: ${JSON.stringify(paces)}`);
    }
  }

  /** Each player's buttons reach the other's game, and the games of all players in `others`. */
  async buttonsTravel(others: readonly RetroArchClient[] = []): Promise<void> {
    const [ann, bob] = this.players;
    const everybody = [ann, bob, ...others];
    const see = async (what: string, pads: readonly number[]): Promise<void> => {
      for (const player of everybody) {
        await eventually(`${player.nick} sees ${what}`, async () => {
          const seen = await player.ram(rally.address.pads, 2);
          return seen[0] === pads[0] && seen[1] === pads[1];
        });
      }
    };
    await ann.hold(buttons.A);
    await bob.hold(buttons.B);
    await see("both players' buttons", [padBits.A, padBits.B]);
    await ann.hold();
    await bob.hold();
    await see("no buttons", [0, 0]);
  }

  /** A new stock RetroArch can join, sees both players' buttons, and its game runs; then it leaves. */
  async takesNewcomer(): Promise<void> {
    const newcomer = await startPlayer(this.#cleanup, this.server, {
      port: this.port,
      nick: "newcomer",
      spectate: true,
    });
    await eventually("the newcomer is in the room", async () => {
      const session = await this.server.session(this.port);
      return session?.roster.some(({ nick }) => nick === "newcomer");
    });
    await this.buttonsTravel([newcomer]);
    const before = await frameOf(newcomer);
    await eventually("the newcomer's game runs", async () => (await frameOf(newcomer)) > before);
    await newcomer.quit();
  }
}
