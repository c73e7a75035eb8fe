import { createCleanup } from "../helpers/cleanup-steps.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { attack, type AttackResult } from "./attack.ts";
import {
  examineGame,
  examineHostEnds,
  examinePaces,
  examineRoom,
  examineSavestates,
  examineServer,
  type Baseline,
  type Fault,
  type FaultKind,
} from "./examine.ts";
import { openFiles } from "../helpers/process-facts.ts";
import type { Batch, Selection } from "./stream.ts";
import { watchServer } from "./watch.ts";

/** Two stock players, two pads for attackers, and slots for all clients. */
const SERVER = { core: { players: 4 }, sessions: { maxClients: 30, max: 2 } } as const;

/** How often a calm room is checked before a fault counts as lasting. */
const LOOKS = 3;
const MAY_PASS: ReadonlySet<FaultKind> = new Set([
  "pace",
  "server-held",
  "out-of-step",
  "buttons",
  "newcomer",
]);

export interface Trial {
  readonly result: AttackResult;
  readonly fault: Fault | undefined;
  /** The server's highest resident memory. */
  readonly largestMiB: number;
}

/** Plays batches against a live room, and opens a new room when one does not recover. */
export class Trials {
  #room: { room: LiveRoom; baseline: Baseline; close: () => Promise<void> } | undefined;
  /** Number of rooms that were opened so far. */
  rooms = 0;

  async run(batch: Batch, selection: Selection): Promise<Trial> {
    const { room, baseline } = await this.#calmRoom();
    const logFrom = room.server.log.length;
    const attacked = {
      sessionPort: room.port,
      netplayPort: room.server.netplayPort,
      sessionId: Buffer.from((await room.server.session(room.port))?.id ?? "", "base64"),
    };
    const attacking = attack(attacked, batch, selection);
    const [result, paces, seen] = await Promise.all([
      attacking,
      room.paces(attacking, 0).catch(() => []),
      watchServer(room, attacking).catch(() => ({ slowestAnswerMs: 0, largestMiB: 0 })),
    ]);
    const [crash] = result.hostCrashes;
    const during =
      examineServer(room, seen, logFrom) ??
      (crash === undefined ? undefined : ({ kind: "host-crashed", seen: crash } as const)) ??
      (result.inRoom.hasPlayed ? undefined : examinePaces(paces.map(({ slowestSecond }) => slowestSecond))) ??
      examineSavestates(result.inRoom.mostSavestates, result.inRoom.clients) ??
      examineHostEnds(room, result.blameless, logFrom);
    const after = await this.#notTheMachine(await lastingFault(room, baseline));
    if (after !== undefined) {
      // Its later effects count as this fault.
      await this.close().catch(() => undefined);
    }
    return { result, fault: during ?? after, largestMiB: seen.largestMiB };
  }

  async close(): Promise<void> {
    await this.#room?.close();
    this.#room = undefined;
  }

  /** No fault if a room that was not attacked runs no better now. */
  async #notTheMachine(fault: Fault | undefined): Promise<Fault | undefined> {
    if (fault?.kind !== "pace") {
      return fault;
    }
    await this.close().catch(() => undefined);
    const { room } = await this.#calmRoom();
    return (await examineGame(room))?.kind === "pace" ? undefined : fault;
  }

  async #calmRoom(): Promise<{ room: LiveRoom; baseline: Baseline }> {
    if (this.#room === undefined) {
      const { cleanup, run } = createCleanup();
      this.rooms++;
      this.#room = await LiveRoom.open(cleanup, SERVER).then(
        async (room) => ({
          room,
          baseline: {
            hostPid: await room.server.hostPid(room.port),
            files: openFiles(room.server.pid),
          },
          close: run,
        }),
        async (error: unknown) => {
          await run();
          throw error;
        },
      );
    }
    return this.#room;
  }
}

/** Faults that a calm room shows in each check. On a busy machine games may stumble for a moment. */
async function lastingFault(room: LiveRoom, baseline: Baseline): Promise<Fault | undefined> {
  let fault: Fault | undefined;
  for (let look = 0; look < LOOKS; look++) {
    fault = await examine(room, baseline);
    if (fault === undefined || !MAY_PASS.has(fault.kind)) {
      return fault;
    }
  }
  return fault;
}

/** A room that does not answer is at fault. */
async function examine(room: LiveRoom, baseline: Baseline): Promise<Fault | undefined> {
  try {
    return await examineRoom(room, baseline);
  } catch (error) {
    return { kind: "player-lost", seen: String(error) };
  }
}
