import { expect, it } from "vitest";
import { flipsOf, parseStudy } from "./study-configuration.js";

const study = (changes: object) =>
  parseStudy(
    { name: "s", output: "out", datasets: [{ folder: "a", organs: { organ: [1] } }], ...changes },
    "study.yaml",
  );

const every = { flip: { axes: ["left-right", "back-front", "foot-head"] } };

it.each([
  [{}, [[true, false, false]]],
  [{ augmentation: { enabled: false } }, []],
  [{ augmentation: { flip: { probability: 0 } } }, []],
  [{ augmentation: { flip: { axes: ["foot-head"] } } }, [[false, false, true]]],
  [{ uncertainty: { flips: 0 } }, []],
  [
    { augmentation: every, uncertainty: { flips: 2 } },
    [
      [true, false, false],
      [false, true, false],
    ],
  ],
])("shows mirrored copies along the axes that training mirrors alone: %o", (changes, flips) => {
  expect(flipsOf(study(changes))).toEqual(flips);
});

it("shows three mirrored copies where training mirrors more and nothing is said", () => {
  expect(flipsOf(study({ augmentation: every }))).toHaveLength(3);
  expect(flipsOf(study({ augmentation: every, uncertainty: { flips: 7 } }))).toHaveLength(7);
});

it("refuses more mirrored copies than there are", () => {
  expect(() => study({ uncertainty: { flips: 2 } })).toThrow(
    /study\.yaml, uncertainty\.flips: found 2, expected at most 1, as training mirrors along left-right alone/,
  );
  expect(() => study({ augmentation: { enabled: false }, uncertainty: { flips: 1 } })).toThrow(
    /found 1, expected 0, as training mirrors along no axis/,
  );
});

it("refuses a fold that there is not", () => {
  expect(() => study({ split: { folds: 3, run: [0, 3] } })).toThrow(/split\.run: found fold 3/);
});

it("refuses a patience that no training is long enough for", () => {
  expect(study({ earlyStopping: 4, validationsPerTraining: 5 }).earlyStopping).toBe(4);
  expect(() => study({ earlyStopping: 5, validationsPerTraining: 5 })).toThrow(
    /study\.yaml, earlyStopping: found 5, expected fewer than the 5 validations of a training/,
  );
});
