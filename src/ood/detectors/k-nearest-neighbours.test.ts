import { expect, it } from "vitest";
import type { CaseEvidence } from "../case-evidence.js";
import { kNearestNeighbours } from "./k-nearest-neighbours.js";

/** An image whose pooled features have norm 1 and the angle given in degrees. */
function at(degrees: number, name: string): CaseEvidence {
  const radians = (degrees * Math.PI) / 180;
  return {
    dataset: "a",
    id: name,
    subject: name,
    layers: {
      bottleneck: {
        channels: 2,
        rows: 1,
        gram: new Float64Array(4),
        columnSums: Float64Array.of(Math.cos(radians), Math.sin(radians)),
      },
    },
  };
}

/** Which neighbour's distance the score of an image is, the nearest being the first. */
function rank(count: number, k?: number): number {
  const training = Array.from({ length: count }, (_, n) => at((n + 1) / 2, `${n}`));
  const score = kNearestNeighbours({ k }).fit(training).score(at(0, "asked"));
  return (
    training.findIndex((_, n) => Math.abs(2 * Math.sin(((n + 1) / 4) * (Math.PI / 180)) - score) < 1e-9) + 1
  );
}

it.each([
  [3, 1],
  [10, 1],
  [19, 1],
  [20, 2],
  [39, 3],
  [50, 5],
  [120, 5],
])("of %i training images looks at neighbour %i: min(5, n / 10), at least the nearest", (count, expected) => {
  expect(rank(count)).toBe(expected);
});

it("takes a k that is given, within the number of images", () => {
  expect(rank(30, 7)).toBe(7);
  expect(rank(4, 7)).toBe(4);
});
