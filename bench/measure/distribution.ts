/** Statistics of many samples of one quantity. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws RangeError without samples. */
export function distributionOf(samples: ArrayLike<number>): Distribution {
  if (samples.length === 0) {
    throw new RangeError("no samples");
  }
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, min: at(0), median: at(0.5), p99: at(0.99), max: at(1) };
}

/** `median (min–max)`. */
export function formatSpread({ min, median, max }: Distribution, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** The ratio or difference of two samples of the same round, for all rounds. */
export function pairwise(
  ones: readonly number[],
  others: readonly number[],
  combine: (one: number, other: number) => number,
): number[] {
  return ones.flatMap((one, index) => {
    const other = others[index];
    return other === undefined ? [] : [combine(one, other)];
  });
}
