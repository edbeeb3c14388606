import { describe, expect, it } from "vitest";
import { anyCases, anyEvidence, statisticsOf } from "../../test/any-evidence.js";
import { Random, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { leaveOneOutScores } from "./detectors/detector.js";
import { detectors } from "./detectors/index.js";
import { fitSignatures, modelSignatures, spectralSignature } from "./detectors/spectral-signature.js";
import {
  checkGuard,
  fitGuard as fitGuardWith,
  type Guard,
  type GuardOptions,
  judgeSignatures,
  withThreshold,
} from "./guard.js";
import { guardFromJson, guardToJson } from "./guard-json.js";
import { euclidean } from "./nearest.js";

const fitGuard = (training: readonly CaseEvidence[], options: Partial<GuardOptions> = {}): Guard =>
  fitGuardWith(training, { threshold: { rule: "conformal", alpha: 0.05 }, ...options });

const twoKinds = (random: Random): CaseEvidence[] => [
  ...anyCases(random, 12, { dataset: "liver" }),
  ...anyCases(random, 12, { dataset: "heart", shift: 1 }),
];

describe("fitGuard and checkGuard", () => {
  it("trusts images of a training kind, refuses others and names the nearest dataset", () => {
    const random = new Random(1);
    const guard = fitGuard(twoKinds(random));
    expect(guard.calibration).toMatchObject({ source: "leave-one-out", leaveOut: "case" });
    const heart = checkGuard(guard, anyEvidence(random, "new", { shift: 1, spread: 0.1 }));
    expect(heart).toMatchObject({ foreign: false, nearest: { dataset: "heart" } });
    expect(heart.pValue).toBeGreaterThan(0.05);
    const foreign = checkGuard(guard, anyEvidence(random, "new", { shift: 4 }));
    expect(foreign).toMatchObject({ foreign: true, pValue: 1 / 25, threshold: guard.threshold.value });
    expect(Object.keys(foreign.byLayer)).toEqual(["early", "late"]);
    const { early, late } = foreign.byLayer;
    expect(foreign.measure).toBeCloseTo((early!.standardised + late!.standardised) / 2, 12);
    expect(early!.standardised).toBeCloseTo(
      (early!.distance - guard.layers[0]!.mean) / guard.layers[0]!.deviation,
      12,
    );
  });

  it("with one layer the measure is the smallest distance, as in the paper", () => {
    const random = new Random(2);
    const training = twoKinds(random);
    const guard = fitGuard(training, { layers: ["late"], form: "paper" });
    const image = anyEvidence(random, "new");
    const [signature] = modelSignatures(guard, image);
    const distances = guard.training.map(({ signatures }) => euclidean(signatures[0]!, signature!));
    const verdict = checkGuard(guard, image);
    expect(verdict.measure).toBe(Math.min(...distances));
    const nearest = training[distances.indexOf(verdict.measure)]!;
    expect(verdict.nearest).toEqual({ dataset: nearest.dataset, case: nearest.id });
    expect(judgeSignatures(guard, [signature!])).toEqual(verdict);
  });

  it("measures a training image at zero distance of itself, but not when it is left out", () => {
    const training = twoKinds(new Random(3));
    const guard = fitGuard(training, { layers: ["early"] });
    expect(checkGuard(guard, training[4]!).measure).toBe(0);
    expect(Math.min(...guard.calibration.measures)).toBeGreaterThan(0);
  });

  it.each(["case", "subject"] as const)("leaves out by %s as if the guard were fitted again", (leaveOut) => {
    const random = new Random(4);
    const cases = Array.from({ length: 15 }, (_, n) =>
      anyEvidence(random, `image-${n}`, { subject: `patient-${n % 6}` }),
    );
    for (const layers of [["early"], ["early", "late"]]) {
      const options = { leaveOut, layers };
      const again = leaveOneOutScores(spectralSignature(options), cases, leaveOut);
      fitSignatures(cases, options).leaveOneOut.forEach((measure, at) => {
        expect(measure).toBeCloseTo(again[at]!, 10);
      });
    }
  });

  it("does not let images of one patient vouch for each other", () => {
    const random = new Random(5);
    const cases = anyCases(random, 10).flatMap((evidence) => [
      evidence,
      { ...evidence, dataset: "follow-up", subject: evidence.subject },
    ]);
    expect(Math.max(...fitSignatures(cases, { layers: ["early"] }).leaveOneOut)).toBe(0);
    const bySubject = fitSignatures(cases, { layers: ["early"], leaveOut: "subject" });
    expect(Math.min(...bySubject.leaveOneOut)).toBeGreaterThan(0);
  });

  it("draws another threshold without measuring again", () => {
    const guard = fitGuard(twoKinds(new Random(6)));
    const highest = Math.max(...guard.calibration.measures);
    expect(withThreshold(guard, { rule: "max" }).threshold).toEqual({
      choice: { rule: "max" },
      value: highest,
    });
  });

  it("refuses what cannot work", () => {
    const random = new Random(7);
    const cases = twoKinds(random);
    const other = anyEvidence(random, "other");
    expect(() => fitGuard(cases.slice(0, 2))).toThrow(/at least 3/);
    expect(() => fitGuard([])).toThrow(UserError);
    expect(() => fitGuard(cases.slice(0, 12))).toThrow(/smallest|alpha/);
    expect(() => fitGuard([...cases, cases[3]!])).toThrow(/twice/);
    expect(() => fitGuard(cases, { layers: [] })).toThrow(/at least one layer/);
    expect(() => fitGuard(cases, { layers: ["bottleneck"] })).toThrow(/the layer bottleneck/);
    expect(() => fitGuard(cases, { heldOut: [other, cases[2]!] })).toThrow(/liver\/liver-2/);
    const wide = { ...other, layers: { ...other.layers, early: statisticsOf([3, 2, 1]) } };
    expect(() => fitGuard([...cases, wide])).toThrow(/3 channels/);
    expect(() => checkGuard(fitGuard(cases), wide)).toThrow(/expected 4 channels/);
  });

  it("registers the spectral signature among the detectors", () => {
    const random = new Random(8);
    const detector = detectors["spectral-signature"]!.fit(twoKinds(random));
    const near = detector.score(anyEvidence(random, "a"));
    expect(detector.score(anyEvidence(random, "b", { shift: 4 }))).toBeGreaterThan(near + 5);
  });
});

describe("false alarms on exchangeable images", () => {
  /** Rate over many guards, each fitted and tried on fresh images. */
  function rate(options: { layers?: string[]; held?: boolean; spread: number }): number {
    const random = new Random(20);
    const fits = 250;
    const tries = 8;
    let alarms = 0;
    for (let fit = 0; fit < fits; fit++) {
      const training = anyCases(random, 19, { spread: options.spread });
      const heldOut = options.held
        ? anyCases(random, 19, { spread: options.spread, dataset: "held" })
        : undefined;
      const guard = fitGuard(training, {
        layers: options.layers,
        heldOut,
        threshold: { rule: "conformal", alpha: 0.1 },
      });
      for (let n = 0; n < tries; n++) {
        if (checkGuard(guard, anyEvidence(random, "new", { spread: options.spread })).foreign) alarms++;
      }
    }
    return alarms / (fits * tries);
  }

  // Standard error at alpha 0.1: 0.0067 from the tries and 0.0041 from the guards; three of both together.
  const tolerance = 0.024;

  it.each([
    { held: true, spread: 0.2 },
    { held: true, spread: 1.5 },
    { layers: ["late"], spread: 0.2 },
    { spread: 0.2 },
    { spread: 1.5 },
  ])("stay at or below alpha: %o", (options) => {
    const found = rate(options);
    expect(found).toBeLessThanOrEqual(0.1 + tolerance);
    // And the guard is not asleep.
    expect(found).toBeGreaterThan(0.03);
  });
});

describe("guard JSON", () => {
  const guard = fitGuard(twoKinds(new Random(9)), { leaveOut: "subject" });
  const text = guardToJson(guard);

  it("comes back exactly", () => {
    expect(guardFromJson(text)).toEqual(guard);
  });

  it("does not say who the patients are", () => {
    const random = new Random(10);
    const cases = Array.from({ length: 20 }, (_, n) => anyEvidence(random, `c${n}`, { subject: `Doe ${n}` }));
    expect(guardToJson(fitGuard(cases))).not.toContain("Doe");
  });

  it("refuses to write what is not finite", () => {
    const layers = guard.layers.map((layer) => ({ ...layer, mean: Number.NaN }));
    expect(() => guardToJson({ ...guard, layers })).toThrow();
  });

  // biome-ignore lint/suspicious/noExplicitAny: the test spoils a value of any form
  const spoil = (change: (value: any) => void): string => {
    const value = JSON.parse(text);
    change(value);
    return JSON.stringify(value);
  };

  it.each<[string, string, RegExp]>([
    ["cut off", text.slice(0, -20), /guard.json: found text that is not JSON/],
    ["another format", "{}", /guard.json, format/],
    ["no object", "null", /guard.json/],
    ["another version", spoil((value) => (value.version = 2)), /format version 2, expected version 1/],
    ["an unknown field", spoil((value) => (value.extra = 1)), /extra/],
    ["a prototype", text.replace("{", '{"__proto__":{"form":"paper"},'), /__proto__/],
    ["a number that is infinite", text.replace(/"epsilon":[^,]+/, '"epsilon":1e999'), /epsilon/],
    ["a missing field", spoil((value) => delete value.layers), /layers/],
    ["a layer twice", spoil((value) => (value.layers[1].name = value.layers[0].name)), /a layer twice/],
    ["a short signature", spoil((value) => value.training[3].signatures[0].pop()), /training.3.signatures/],
    ["a string for a number", spoil((value) => (value.training[0].signatures[0][0] = "0")), /training.0/],
    ["another threshold", spoil((value) => (value.threshold.value = 100)), /threshold.value/],
    ["too many channels", spoil((value) => (value.layers[0].channels = 1e9)), /channels/],
    ["no training image", spoil((value) => (value.training = [])), /training/],
    ["too long", `${" ".repeat(2 ** 26)}${text}`, /characters/],
  ])("refuses %s", (_, spoilt, message) => {
    expect(() => guardFromJson(spoilt)).toThrow(UserError);
    expect(() => guardFromJson(spoilt)).toThrow(message);
  });
});
