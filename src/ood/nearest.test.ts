import { expect, it } from "vitest";
import { groupNumbers, neighbours, standardisation } from "./nearest.js";

// On a line: patient a at 0 and 1, b at 3, c at 7.
const line = [[0], [1], [3], [7]];
const groups = groupNumbers(["a", "a", "b", "c"]);

it("finds the nearest of another group and of yet another one", () => {
  const found = neighbours(line, groups);
  expect([...found.first]).toEqual([3, 2, 2, 4]);
  expect([...found.group]).toEqual([1, 1, 0, 1]);
  expect([...found.second]).toEqual([7, 6, 4, 6]);
});

it("standardises by the images' own nearest distances, with or without a group", () => {
  const found = neighbours(line, groups);
  const all = standardisation(found, groups);
  expect(all.mean).toBe(11 / 4);
  expect(all.deviation).toBeCloseTo(Math.sqrt((0.0625 + 0.5625 + 0.5625 + 1.5625) / 3), 12);
  // Without b: 7, 6 and 6.
  expect(standardisation(found, groups, 1).mean).toBeCloseTo(19 / 3, 12);
});

it("keeps the deviation above zero where all images are alike", () => {
  const found = neighbours([[0], [1], [2]], groupNumbers(["a", "b", "c"]));
  expect(standardisation(found, groupNumbers(["a", "b", "c"]))).toEqual({ mean: 1, deviation: 0.001 });
});
