import { distributionOf, formatSpread, pairwise } from "../measure/distribution.ts";
import { processorSeconds } from "../measure/processor-time.ts";
import { note, printTable } from "../measure/table.ts";
import type { Contender } from "./contender.ts";
import type { Crowd } from "./crowd.ts";

const PLAY_MS = 4_000;

interface Round {
  readonly framesPerSecond: number;
  /** Percent of one core. */
  readonly load: number;
}

/**
 * What a frame costs each contender, in turns: the crowd plays this number of rooms through it.
 *
 * @param own - The contenders that are netplayd's: each is compared with all others.
 */
export async function compareForwarding(
  crowd: Crowd,
  own: readonly Contender[],
  others: readonly Contender[],
  { rooms, clients, rounds }: { readonly rooms: number; readonly clients: number; readonly rounds: number },
): Promise<void> {
  const contenders = [...own, ...others];
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    note(`forwarding, round ${round + 1}`);
    for (const contender of contenders) {
      results.get(contender)?.push(await measure(crowd, contender, rooms));
    }
  }
  const speeds = (contender: Contender): number[] =>
    (results.get(contender) ?? []).map(({ framesPerSecond }) => framesPerSecond);
  const loads = (contender: Contender): number[] => (results.get(contender) ?? []).map(({ load }) => load);
  printTable(
    `Frames forwarded in one second of processor time, ${rooms} rooms of ${clients}; median (min–max)`,
    ["what", "frames / CPU-second", "% of one core", ...own.map(({ name }) => `${name} / it`)],
    contenders.map((contender) => [
      contender.name,
      formatSpread(distributionOf(speeds(contender)), 0),
      formatSpread(distributionOf(loads(contender)), 1),
      ...own.map((ours) =>
        formatSpread(
          distributionOf(pairwise(speeds(ours), speeds(contender), (one, other) => one / other)),
          2,
        ),
      ),
    ]),
  );
}

async function measure(crowd: Crowd, { name, pid }: Contender, rooms: number): Promise<Round> {
  await crowd.play(name, rooms);
  const usedBefore = processorSeconds(pid);
  await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
  const frames = await crowd.pause();
  const used = processorSeconds(pid) - usedBefore;
  return { framesPerSecond: frames / used, load: (used * 100_000) / PLAY_MS };
}
