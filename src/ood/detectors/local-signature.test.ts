import { expect, it } from "vitest";
import { anyCases, anyEvidence } from "../../../test/any-evidence.js";
import { Random } from "../../base/index.js";
import { auroc } from "../../evaluation/scores.js";
import { localSignature } from "./local-signature.js";
import { spectralSignature } from "./spectral-signature.js";

it("sees beside a compact dataset what a wide one would hide", () => {
  const random = Random.stream(4, "local");
  const compact = { dataset: "hippocampus", spread: 0.02 };
  const wide = { dataset: "tumour", spread: 0.6, shift: 2 };
  const training = [...anyCases(random, 20, compact), ...anyCases(random, 20, wide)];
  const inside = [
    ...Array.from({ length: 20 }, (_, n) => anyEvidence(random, `in-${n}`, compact)),
    ...Array.from({ length: 20 }, (_, n) => anyEvidence(random, `in-wide-${n}`, wide)),
  ];
  // Near the compact dataset, ten times as far as its images are from each other.
  const foreign = Array.from({ length: 20 }, (_, n) =>
    anyEvidence(random, `out-${n}`, { ...compact, dataset: "x", shift: 0.2 }),
  );
  const figure = (detector: ReturnType<typeof localSignature>): number => {
    const fitted = detector.fit(training);
    return auroc(inside.map(fitted.score), foreign.map(fitted.score));
  };
  expect(figure(localSignature())).toBeGreaterThan(0.9);
  expect(figure(localSignature())).toBeGreaterThan(figure(spectralSignature()) + 0.1);
});

it("falls back on the spread of all images for a dataset of two", () => {
  const random = Random.stream(4, "few");
  const training = [
    ...anyCases(random, 10, { dataset: "many" }),
    ...anyCases(random, 2, { dataset: "few", shift: 1 }),
  ];
  const fitted = localSignature().fit(training);
  for (const evidence of training) expect(Number.isFinite(fitted.score(evidence))).toBe(true);
});
