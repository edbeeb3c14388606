import { expect, it } from "vitest";
import { binomialTail } from "./claims.js";

// scipy.stats.binom.sf(count - 1, trials, rate), SciPy 1.x
it.each([
  [3, 15, 0.1, 0.184061069],
  [10, 50, 0.1, 0.024537935],
  [0, 5, 0.2, 1],
  [50, 50, 0.9, 0.005153775],
])("binomial tail of %i of %i at rate %f", (count, trials, rate, expected) => {
  expect(binomialTail(count, trials, rate)).toBeCloseTo(expected, 8);
});
