import { expect, it } from "vitest";
import { temperatureNotes } from "./collect.js";

it("networks whose temperature ended at its bound are named in the result's notes", () => {
  expect(temperatureNotes([])).toEqual([]);
  expect(temperatureNotes(["joint-0-1", "dedicated-0-1"])).toEqual([
    expect.stringMatching(/joint-0-1, dedicated-0-1: the fit ended at the bound/),
  ]);
});
