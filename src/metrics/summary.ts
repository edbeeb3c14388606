/** A metric over several volumes. */
export interface Summary {
  /** Volumes where the metric is defined; the other figures are over these, NaN when there are none. */
  readonly count: number;
  /** Volumes where it is not (NaN): say how many wherever the mean is shown. */
  readonly missing: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); NaN below two volumes. */
  readonly standardDeviation: number;
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Sums up a metric over volumes; NaN, an undefined distance, is counted and left out. */
export function summary(values: ArrayLike<number>): Summary {
  const defined = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const count = defined.length;
  const mean = defined.reduce((total, value) => total + value, 0) / count;
  const squares = defined.reduce((total, value) => total + (value - mean) ** 2, 0);
  return {
    count,
    missing: values.length - count,
    mean,
    standardDeviation: count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1)),
    median: count === 0 ? Number.NaN : (defined[(count - 1) >> 1]! + defined[count >> 1]!) / 2,
    minimum: defined[0] ?? Number.NaN,
    maximum: defined[count - 1] ?? Number.NaN,
  };
}
