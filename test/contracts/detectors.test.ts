/** What every detector in the registry must do, whatever it looks at. */

import { describe, expect, it } from "vitest";
import { Random, UserError } from "../../src/base/index.js";
import {
  type CaseEvidence,
  detectors,
  type FittedDetector,
  type GradedEvidence,
  leaveOneOutScores,
  signatureVariants,
} from "../../src/ood/index.js";
import { anyFullEvidence } from "../any-evidence.js";

const random = new Random(11);
const draw = (count: number, dataset: string, shift = 0): CaseEvidence[] =>
  Array.from({ length: count }, (_, n) =>
    anyFullEvidence(random, `${dataset}-${shift}-${n}`, { dataset, shift }),
  );

const training = [...draw(25, "liver"), ...draw(15, "spleen")];
const usual = [...draw(10, "liver"), ...draw(10, "spleen")];
const foreign = draw(20, "iguana", 1);
/** Images whose masks came out well, and damaged ones whose masks did not. */
const graded: readonly GradedEvidence[] = [
  ...draw(10, "liver").map((evidence) => ({ evidence, dice: 0.85 + 0.1 * random.uniform() })),
  ...draw(10, "iguana", 1).map((evidence) => ({ evidence, dice: 0.2 * random.uniform() })),
];
const every = Object.entries({ ...detectors, ...signatureVariants(["early", "late"]) });

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(every)("%s", (name, detector) => {
  const fittedTo = (cases: readonly CaseEvidence[]): FittedDetector =>
    detector.learnsFromGraded ? detector.fit(cases, graded) : detector.fit(cases);
  const fitted = fittedTo(training);

  it("scores foreign images higher than usual ones, and every image by a finite number", () => {
    const scores = [usual, foreign].map((cases) => cases.map(fitted.score)) as [number[], number[]];
    for (const score of scores.flat()) expect(Number.isFinite(score)).toBe(true);
    const beaten = scores[1].map((score) => average(scores[0].map((other) => (other < score ? 1 : 0))));
    // One layer alone sees less than all together.
    expect(average(beaten)).toBeGreaterThan(name.includes("/") ? 0.8 : 0.95);
  });

  it("fits alike every time, whatever was scored in between, and changes nothing it is given", () => {
    const before = structuredClone(training);
    const first = usual.map(fitted.score);
    expect(usual.map(fittedTo(training).score)).toEqual(first);
    expect(usual.map(fitted.score)).toEqual(first);
    expect(training).toEqual(before);
  });

  it("does not depend on the order of the training images", () => {
    const shuffled = fittedTo(new Random(3).shuffled(training));
    for (const evidence of [...usual, ...foreign]) {
      const score = fitted.score(evidence);
      expect(Math.abs(shuffled.score(evidence) - score)).toBeLessThan(1e-6 * (1 + Math.abs(score)));
    }
  });

  it("does not ask which dataset an image is from", () => {
    for (const evidence of foreign) {
      expect(fitted.score({ ...evidence, dataset: "liver" })).toBe(fitted.score(evidence));
    }
  });

  it("names the case whose evidence is missing", () => {
    const bare: CaseEvidence = { dataset: "liver", id: "bare", subject: "bare", layers: {} };
    const score = () => fitted.score(bare);
    expect(score).toThrow(UserError);
    expect(score).toThrow(/liver\/bare/);
  });

  it("learns from three images, and tells what it scores them without themselves where it can", () => {
    const three = [training[0]!, training[1]!, training[30]!];
    expect(Number.isFinite(fittedTo(three).score(foreign[0]!))).toBe(true);
    const few = training.slice(20, 30);
    const scores = leaveOneOutScores({ fit: fittedTo }, few);
    detector.leaveOneOut?.(few).forEach((score, at) => {
      expect(score).toBeCloseTo(scores[at]!, 9);
    });
  });

  it("scores a training set of equal images", () => {
    const [liver, spleen] = [training[0]!, training[30]!];
    const copies = [liver, liver, liver, spleen, spleen].map((evidence, at) => ({
      ...evidence,
      id: `copy-${at}`,
      subject: `copy-${at}`,
    }));
    expect(Number.isFinite(fittedTo(copies).score(foreign[0]!))).toBe(true);
  });
});

it.each(["spectral-signature", "local-signature", "signature-and-roughness", "signature-and-entropy"])(
  "%s: two images of one patient do not vouch for each other",
  (name) => {
    const twins = training.flatMap((evidence) => [
      evidence,
      { ...evidence, id: `${evidence.id}-again`, subject: evidence.subject },
    ]);
    const detector = detectors[name]!;
    const [once, twice] = [training, twins].map((cases) => foreign.map(detector.fit(cases).score));
    // With every image twice, and each other's neighbours, distances between images would be zero and any image strange.
    once!.forEach((score, at) => {
      expect(Math.abs(twice![at]! - score) / score).toBeLessThan(0.1);
    });
  },
);

it("missing evidence is named by its field", () => {
  const { roughness, ...rest } = usual[0]!;
  expect(roughness).toBeDefined();
  const fitted = detectors["directional-roughness"]!.fit(training);
  expect(() => fitted.score(rest)).toThrow(/roughness/);
});

it("a regression of quality needs images whose masks were measured", () => {
  const regression = detectors["quality-regression"]!;
  expect(() => regression.fit(training, graded.slice(0, 9))).toThrow(
    /9 images whose Dice coefficient is known/,
  );
  expect(() => regression.fit(training)).toThrow(UserError);
});

it("a regression of quality foretells the Dice coefficient", () => {
  const { score } = detectors["quality-regression"]!.fit(training, graded);
  for (const evidence of usual) expect(score(evidence)).toBeLessThan(0.4);
  for (const evidence of foreign) expect(score(evidence)).toBeGreaterThan(0.6);
});

it("a dataset classifier needs two datasets", () => {
  const one = training.filter(({ dataset }) => dataset === "liver");
  expect(() => detectors["feature-classifier"]!.fit(one)).toThrow(/two datasets/);
});

it("signature variants are every form, each layer and all together", () => {
  expect(Object.keys(signatureVariants(["a", "b"]))).toHaveLength(12);
  expect(Object.keys(signatureVariants(["a"]))).toEqual([
    "spectral-signature/paper/a",
    "spectral-signature/per-voxel/a",
    "spectral-signature/covariance/a",
    "spectral-signature/unnormalised/a",
  ]);
});
