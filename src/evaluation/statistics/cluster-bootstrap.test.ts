import { expect, it } from "vitest";
import { Random } from "../../base/index.js";
import { type ClusteredValue, clusterInterval, fewestDecidingPairs } from "./cluster-bootstrap.js";
import { wilcoxonSignedRank } from "./index.js";

/** Values whose datasets and subjects have effects of their own, with these deviations. */
function draw(random: Random, deviations: { dataset: number; subject: number }): ClusteredValue[] {
  return Array.from({ length: 8 }, (_, d) => {
    const ofDataset = deviations.dataset * random.normal();
    return Array.from({ length: 6 }, (_subject, s) => {
      const ofSubject = deviations.subject * random.normal();
      return Array.from({ length: 3 }, () => ({
        value: ofDataset + ofSubject + 0.1 * random.normal(),
        dataset: `${d}`,
        subject: `${d}-${s}`,
      }));
    });
  }).flat(2);
}

/** Share of intervals that hold the true mean, 0. */
function coverage(
  question: "these-datasets" | "new-dataset",
  deviations: { dataset: number; subject: number },
): number {
  const random = new Random(3);
  const trials = 150;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = clusterInterval(draw(random, deviations), question, trial)!;
    if (low <= 0 && high >= 0) held++;
  }
  return held / trials;
}

it("holds the mean of further subjects where datasets are alike, though a subject has several volumes", () => {
  const held = coverage("these-datasets", { dataset: 0, subject: 1 });
  expect(held).toBeGreaterThan(0.87);
  expect(held).toBeLessThan(1);
});

it("holds the mean of further datasets only where datasets are drawn again", () => {
  const deviations = { dataset: 1, subject: 0.3 };
  expect(coverage("new-dataset", deviations)).toBeGreaterThan(0.82);
  expect(coverage("these-datasets", deviations)).toBeLessThan(0.5);
});

it("is none of one subject, or of one dataset where the question is of a new one", () => {
  const value = { value: 1, dataset: "a", subject: "x" };
  expect(clusterInterval([value, { ...value, value: 2 }], "these-datasets", 1)).toBeUndefined();
  const two = [value, { ...value, value: 2, subject: "y" }];
  expect(clusterInterval(two, "new-dataset", 1)).toBeUndefined();
  expect(clusterInterval(two, "these-datasets", 1)).toEqual({ low: 1, high: 2 });
});

it.each([1, 4, 10])("no test of fewer pairs can decide, in a family of %i", (family) => {
  const smallest = (pairs: number): number =>
    family *
    wilcoxonSignedRank(
      Array.from({ length: pairs }, (_, at) => at + 1),
      new Array(pairs).fill(0),
    ).pValue;
  const fewest = fewestDecidingPairs(family);
  expect(smallest(fewest)).toBeLessThan(0.05);
  expect(smallest(fewest - 1)).toBeGreaterThanOrEqual(0.05);
});
