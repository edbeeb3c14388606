import { expect, it } from "vitest";
import { temperatureNotes, unwatchedNotes } from "./collect.js";

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
