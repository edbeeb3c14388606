import { expect, it } from "vitest";
import type { DetectUnitResult, UnitScore } from "../units/detect-unit.js";
import { judgedScores, usualScores } from "./p-values.js";

const nine = Array.from({ length: 9 }, (_, at) => at);
const twenty = Array.from({ length: 20 }, (_, at) => at);

it.each([
  [0.1, nine, twenty, nine],
  [0.1, nine.slice(1), twenty, twenty],
  [0.05, nine, twenty, twenty],
  [0.05, nine, null, undefined],
  [0.01, nine, twenty, undefined],
  // 1 / alpha - 1 is a little more than 48 in floating-point numbers.
  [1 / 49, Array(48).fill(0), twenty, Array(48).fill(0)],
])("at alpha %f, with %j held out and %j left out, %j are usual", (alpha, heldOut, leaveOneOut, expected) => {
  expect(usualScores({ heldOut, leaveOneOut }, alpha)).toEqual(expected);
});

it("another alpha gives other p-values, or none, from the same result of a unit", () => {
  const row = { detector: "entropy", score: 8.5 } as UnitScore;
  const result: DetectUnitResult = {
    seconds: 1,
    scores: [row],
    usual: { entropy: { heldOut: nine, leaveOneOut: twenty } },
  };
  expect(judgedScores(result, 0.1)).toEqual([{ ...row, pValue: 1 / 10 }]);
  expect(judgedScores(result, 0.05)).toEqual([{ ...row, pValue: 12 / 21 }]);
  expect(judgedScores(result, 0.01)).toEqual([{ ...row, pValue: null }]);
});
