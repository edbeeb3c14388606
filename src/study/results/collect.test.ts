import { expect, it } from "vitest";
import type { SettledStudy } from "../protocol/study-configuration.js";
import { lengthNotes, temperatureNotes, unwatchedNotes } from "./collect.js";

it("networks whose temperature ended at its bound are named in the result's notes", () => {
  expect(temperatureNotes([])).toEqual([]);
  expect(temperatureNotes(["joint-0-1", "dedicated-0-1"])).toEqual([
    expect.stringMatching(/joint-0-1, dedicated-0-1: the fit ended at the bound/),
  ]);
});

it("networks that no detector could be fitted to are named too", () => {
  expect(unwatchedNotes([])).toEqual([]);
  expect(unwatchedNotes(["dedicated-cord-fold0-seed1"])).toEqual([
    expect.stringMatching(/No detector was fitted to dedicated-cord-fold0-seed1: fewer than three patients/),
  ]);
});

it("how many patches a dataset there were, and who stopped early, is said", () => {
  const study = {
    updatesPerDataset: 400,
    batch: 4,
    earlyStopping: 5,
    validationsPerTraining: 20,
  } as SettledStudy;
  expect(lengthNotes(study, 3, 12)).toEqual([
    expect.stringMatching(/1600 patches a dataset at most.* after 5 of its 20 validations .*: 3 of 12 did/),
  ]);
  expect(lengthNotes({ ...study, earlyStopping: 0 }, 0, 12)[0]).toMatch(/No training was stopped early\.$/);
});
