/** Which of the two samples is compared how: `greater`, the first tends to be larger; `less`, smaller; or either. */
export type Alternative = "two-sided" | "greater" | "less";

/** Paired values without those where either is missing. */
export interface CompletePairs {
  readonly a: number[];
  readonly b: number[];
  /** Pairs left out because a value was NaN: report them, an undefined distance is a failure of somebody. */
  readonly dropped: number;
}

/** Leaves out the pairs in which either value is NaN (a surface distance to an empty mask). */
export function completePairs(a: ArrayLike<number>, b: ArrayLike<number>): CompletePairs {
  checkPaired(a, b);
  const pairs = { a: [] as number[], b: [] as number[], dropped: 0 };
  for (let at = 0; at < a.length; at++) {
    if (Number.isNaN(a[at]!) || Number.isNaN(b[at]!)) {
      pairs.dropped++;
    } else {
      pairs.a.push(a[at]!);
      pairs.b.push(b[at]!);
    }
  }
  return pairs;
}

/** Differences a - b. @throws RangeError when the samples differ in length, or a difference is not finite */
export function differencesOf(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  checkPaired(a, b);
  return Array.from(a, (value, at) => {
    const difference = value - b[at]!;
    if (!Number.isFinite(difference)) {
      throw new RangeError(
        `pair ${at} is ${value} and ${b[at]}: leave pairs without values out (completePairs)`,
      );
    }
    return difference;
  });
}

function checkPaired(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) throw new RangeError(`paired samples of ${a.length} and ${b.length} values`);
}
