/** Numeric derivatives, and a comparison of number lists that says where and by how much they differ. */

/**
 * Gradient of a scalar function by central differences: (f(x + h) - f(x - h)) / 2h for each element in turn.
 *
 * In double precision, with values and derivatives near 1, the default step gives about ten correct digits. `inputs` are
 * left as they are; `forward` gets copies, valid only during the call. Keep inputs away from kinks (a leaky ReLU's
 * zero, a maximum's tie) by more than the step; where there are too many to keep away from, as in a whole network,
 * take a smaller step (1e-7 leaves six digits).
 */
export function centralDifferences(
  forward: (inputs: Float64Array[]) => number,
  inputs: readonly Float64Array[],
  epsilon = 1e-5,
): Float64Array[] {
  const moved = inputs.map((input) => input.slice());
  return moved.map((input) =>
    Float64Array.from(input, (centre, index) => {
      const [high, low] = [centre + epsilon, centre - epsilon];
      input[index] = high;
      const above = forward(moved);
      input[index] = low;
      const below = forward(moved);
      input[index] = centre;
      return (above - below) / (high - low);
    }),
  );
}

/**
 * Throws unless every |actual - expected| is at most tolerance + tolerance |expected|. A NaN is never close; equal
 * infinities are. The message tells the worst index with both values, and how many elements are off.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "values",
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: found ${actual.length} elements, expected ${expected.length}`);
  }
  let worst = -1;
  let worstExcess = 1;
  let off = 0;
  for (let index = 0; index < expected.length; index++) {
    const [found, wanted] = [actual[index]!, expected[index]!];
    if (found === wanted) continue;
    const ratio = Math.abs(found - wanted) / (tolerance * (1 + Math.abs(wanted)));
    const excess = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
    if (excess <= 1) continue;
    off++;
    if (excess > worstExcess) {
      worst = index;
      worstExcess = excess;
    }
  }
  if (off === 0) return;
  const [found, wanted] = [actual[worst]!, expected[worst]!];
  throw new Error(
    `${what}: ${off} of ${expected.length} elements differ; worst at index ${worst}: ` +
      `found ${found}, expected ${wanted}, difference ${Math.abs(found - wanted)}, ` +
      `allowed ${tolerance * (1 + Math.abs(wanted))}`,
  );
}
