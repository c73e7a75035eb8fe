import type { Selection } from "./stream.ts";

/**
 * The smallest part of a selection that was found to fail still: first whole streams are left out, then steps, half of them at a time
 * to begin with. It asks at most `maxTrials` times.
 */
export async function shrink(
  whole: Selection,
  stillFails: (part: Selection) => Promise<boolean>,
  maxTrials: number,
): Promise<Selection> {
  const budget = { left: maxTrials };
  const fails = async (part: Selection): Promise<boolean> => {
    budget.left--;
    return stillFails(part);
  };
  const streams = await reduce([...whole.keys()], (kept) => fails(pick(whole, kept)), budget);
  let part = pick(whole, streams);
  for (const stream of streams) {
    const within = part;
    const steps = await reduce(
      [...(part.get(stream) ?? [])],
      (kept) => fails(new Map(within).set(stream, kept)),
      budget,
    );
    part = new Map(part).set(stream, steps);
  }
  return part;
}

function pick(selection: Selection, streams: readonly number[]): Selection {
  return new Map(streams.map((stream) => [stream, selection.get(stream) ?? []]));
}

/** Removes pieces that are not needed, of half the size each time (delta debugging). */
async function reduce(
  items: readonly number[],
  stillFails: (kept: readonly number[]) => Promise<boolean>,
  budget: { readonly left: number },
): Promise<readonly number[]> {
  let kept = items;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1 && kept.length > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let begin = 0; begin < kept.length && budget.left > 0;) {
      const without = [...kept.slice(0, begin), ...kept.slice(begin + size)];
      if (await stillFails(without)) {
        kept = without;
      } else {
        begin += size;
      }
    }
  }
  return kept;
}
