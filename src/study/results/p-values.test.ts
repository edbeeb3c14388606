import { expect, it } from "vitest";
import type { DetectUnitResult, UnitScore } from "../units/detect-unit.js";
import { judgedScores, usualScores } from "./p-values.js";
import { promises } from "./promises.js";

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
  expect(usualScores({ heldOut, leaveOneOut }, alpha)?.scores).toEqual(expected);
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

it("of each network's guard the result says how many images calibrated it and how likely so many false alarms are", () => {
  const row = (kind: UnitScore["kind"], score: number): UnitScore =>
    ({ detector: "joined-guard", network: "joint-fold0-seed1", kind, score }) as UnitScore;
  const inside = [0, 5, 18.5, 30, 31].map((score) => row("in", score));
  const scores = [...inside, row("far", 40), { ...row("in", 50), detector: "entropy" }];
  const usual = { heldOut: Array.from({ length: 19 }, (_, at) => at), leaveOneOut: null };
  const found = promises({ seconds: 1, scores, usual: { "joined-guard": usual, entropy: usual } }, 0.1);
  expect(found).toEqual([
    {
      network: "joint-fold0-seed1",
      detector: "joined-guard",
      alpha: 0.1,
      calibratedBy: "held-out",
      calibrationImages: 19,
      rank: 2,
      inside: 5,
      falseAlarms: 3,
      pValue: expect.any(Number),
    },
  ]);
  // scipy.stats.betabinom.sf(2, 5, 2, 18)
  expect(found[0]!.pValue).toBeCloseTo(0.018351214003, 9);
  const few = { ...usual, heldOut: [1, 2] };
  expect(promises({ seconds: 1, scores: inside, usual: { "joined-guard": few } }, 0.1)).toEqual([]);
});
