/**
 * Nearest neighbours among training signatures, and leave-one-out statistics of them.
 *
 * Every image belongs to a group (itself, or its patient); images of one group never count as each other's neighbours.
 */

export function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return Math.sqrt(sum);
}

/** Of each image: distance to the nearest image of another group, which group, and the nearest of yet another one. */
export interface Neighbours {
  readonly first: Float64Array;
  readonly group: Int32Array;
  /** Infinity where there is no third group. */
  readonly second: Float64Array;
}

export function neighbours(signatures: readonly ArrayLike<number>[], groups: Int32Array): Neighbours {
  const count = signatures.length;
  const first = new Float64Array(count).fill(Infinity);
  const group = new Int32Array(count).fill(-1);
  const second = new Float64Array(count).fill(Infinity);
  const meet = (one: number, other: number, distance: number): void => {
    const its = groups[other]!;
    if (distance < first[one]!) {
      if (group[one] !== its) second[one] = first[one]!;
      first[one] = distance;
      group[one] = its;
    } else if (group[one] !== its && distance < second[one]!) {
      second[one] = distance;
    }
  };
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      if (groups[a] === groups[b]) continue;
      const distance = euclidean(signatures[a]!, signatures[b]!);
      meet(a, b, distance);
      meet(b, a, distance);
    }
  }
  return { first, group, second };
}

/** A distance d stands for (d - mean) / deviation. */
export interface Standardisation {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and standard deviation (n - 1) of the images' distances to their nearest neighbours, as if the group `without`
 * had never been there. A deviation of nearly zero (copies of one image) is held up at a thousandth of the mean.
 */
export function standardisation(
  { first, group, second }: Neighbours,
  groups: Int32Array,
  without?: number,
): Standardisation {
  const distances: number[] = [];
  for (let at = 0; at < first.length; at++) {
    if (without !== undefined && groups[at] === without) continue;
    distances.push(without !== undefined && group[at] === without ? second[at]! : first[at]!);
  }
  return standardisationOf(distances);
}

/**
 * Mean and standard deviation (n - 1) of numbers; a deviation of nearly zero is held up at a thousandth of the mean.
 *
 * @param numbers at least one
 */
export function standardisationOf(numbers: readonly number[]): Standardisation {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, numbers.length - 1));
  return { mean, deviation: Math.max(deviation, Math.abs(mean) / 1000, 1e-12) };
}

/** The same number for the same key, from 0. */
export function groupNumbers(keys: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(keys, (key) => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}
