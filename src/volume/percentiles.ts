/** Percentiles (0 to 100) with linear interpolation between order statistics, as NumPy's default; `values` stays as it is. */
export function percentilesOf(values: Float32Array, percents: readonly number[]): number[] {
  const sorted = values.slice().sort();
  return percents.map((percent) => {
    const position = ((sorted.length - 1) * percent) / 100;
    const below = Math.floor(position);
    const above = Math.min(sorted.length - 1, below + 1);
    return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
  });
}
