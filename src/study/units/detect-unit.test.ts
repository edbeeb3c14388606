import { expect, it } from "vitest";
import { anyEvidence } from "../../../test/any-evidence.js";
import { Random } from "../../base/index.js";
import { canLeaveOut } from "./detect-unit.js";

const images = (...named: readonly [dataset: string, subject: string][]) =>
  named.map(([dataset, subject], at) => anyEvidence(new Random(at), `${at}`, { dataset, subject }));

it.each([
  ["three patients", images(["a", "1"], ["a", "2"], ["a", "3"]), false],
  ["four patients", images(["a", "1"], ["a", "2"], ["a", "3"], ["a", "4"]), true],
  ["four images of three patients", images(["a", "1"], ["a", "2"], ["a", "3"], ["a", "3"]), false],
  [
    "the only patient of one of two datasets",
    images(["a", "1"], ["a", "2"], ["a", "3"], ["a", "4"], ["b", "5"]),
    false,
  ],
  ["two datasets", images(["a", "1"], ["a", "2"], ["a", "3"], ["b", "4"], ["b", "5"]), true],
])("patients can be left out one by one, or not: %s", (_, training, expected) => {
  expect(canLeaveOut(training)).toBe(expected);
});
