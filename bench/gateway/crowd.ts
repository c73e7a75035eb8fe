import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Cleanup } from "../../test/helpers/cleanup.ts";
import type { Target } from "./target.ts";

/** Orders for the crowd's process. */
export type CrowdOrder =
  | {
      readonly type: "open";
      readonly name: string;
      readonly target: Target;
      readonly rooms: number;
      readonly clients: number;
    }
  | { readonly type: "play"; readonly name: string; readonly rooms: number }
  | { readonly type: "pause" };

/** Its answer to each order; `received` counts frames of the time between `play` and `pause`. */
export type CrowdAnswer = { readonly received: number } | { readonly error: string };

/** Many rooms that play, in a process of their own. */
export interface Crowd {
  open(name: string, target: Target, rooms: number, clients: number): Promise<void>;
  /** @param rooms - How many of the rooms of this name play; the others are silent. */
  play(name: string, rooms: number): Promise<void>;
  /** Resolves with the number of frames that arrived since `play`. */
  pause(): Promise<number>;
}

const program = path.resolve(import.meta.dirname, "../gateway-crowd.ts");

export function startCrowd(cleanup: Cleanup): Crowd {
  const child = fork(program);
  cleanup.defer(() => child.kill("SIGKILL"));
  const order = async (what: CrowdOrder): Promise<number> => {
    const answered = once(child, "message") as Promise<[CrowdAnswer]>;
    child.send(what);
    const [answer] = await answered;
    if ("error" in answer) {
      throw new Error(`the crowd: ${answer.error}`);
    }
    return answer.received;
  };
  return {
    open: async (name, target, rooms, clients) => {
      await order({ type: "open", name, target, rooms, clients });
    },
    play: async (name, rooms) => {
      await order({ type: "play", name, rooms });
    },
    pause: () => order({ type: "pause" }),
  };
}
