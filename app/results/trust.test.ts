import { expect, it } from "vitest";
import { texts } from "../texts.js";
import { trustWords } from "./trust.js";

const verdict = (pValue: number, dataset: string) => ({
  foreign: false,
  pValue,
  measure: 1,
  threshold: 2,
  nearest: { dataset, case: "case" },
  byLayer: {},
  parts: {},
  raisedBy: [],
});

const card = {
  data: [{ dataset: "msd", organ: "hippocampus", modality: "MR", images: 3, licence: "free" }],
};

it("speaks of organ and modality where the card knows them, else of the dataset", () => {
  const known = trustWords(verdict(0.41, "msd"), card);
  expect(`${texts.verdict.trusted} ${texts.verdict.looksLike(texts.known(known.known))}`).toBe(
    "Trusted. Looks like hippocampus MRI;",
  );
  expect(texts.verdict.typical(known.lessTypicalOfHundred)).toBe("of 100 such images 41 are less typical.");
  expect(texts.known(trustWords(verdict(0.5, "mine"), card).known)).toBe("mine");
});

it("counts few images in words that are true", () => {
  const typical = (pValue: number) =>
    texts.verdict.typical(trustWords(verdict(pValue, "msd"), card).lessTypicalOfHundred);
  expect(typical(0.004)).toBe("of 100 such images less than one is less typical.");
  expect(typical(0.01)).toBe("of 100 such images 1 is less typical.");
});
