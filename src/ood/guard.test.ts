import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCases, anyEvidence, statisticsOf } from "../../test/any-evidence.js";
import { Random, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { leaveOneOutScores } from "./detectors/detector.js";
import { detectors } from "./detectors/index.js";
import { fitLocalSignatures, localSignature } from "./detectors/local-signature.js";
import { fitSignatures, spectralSignature } from "./detectors/spectral-signature.js";
import { checkGuard, fitGuard as fitGuardWith, type Guard, type GuardOptions } from "./guard.js";
import { guardFromJson, guardToJson } from "./guard-json.js";
import { guardParts } from "./guard-parts.js";
import { euclidean } from "./nearest.js";
import { modelSignatures, scoreSignatures } from "./signature-model.js";

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
    expect(guard.calibration).toMatchObject({ source: "leave-one-out", leaveOut: "subject" });
    const heart = checkGuard(guard, anyEvidence(random, "new", { shift: 1, spread: 0.1 }));
    expect(heart).toMatchObject({ foreign: false, nearest: { dataset: "heart" } });
    expect(heart.pValue).toBeGreaterThan(0.05);
    const foreign = checkGuard(guard, anyEvidence(random, "new", { shift: 4 }));
    expect(foreign).toMatchObject({ foreign: true, pValue: 1 / 25, threshold: guard.threshold.value });
    expect(Object.keys(foreign.byLayer)).toEqual(["early", "late"]);
    const { early, late } = foreign.byLayer;
    const { signature, roughness, doubt } = foreign.parts;
    expect(signature!.measure).toBeCloseTo((early!.standardised + late!.standardised) / 2, 12);
    const scale = guard.layers[0]!.datasets!.find(({ dataset }) => dataset === foreign.nearest.dataset)!;
    expect(early!.standardised).toBeCloseTo((early!.distance - scale.mean) / scale.deviation, 12);
    const parts = [signature, roughness, doubt].map((part) => Math.max(0, part!.standardised));
    expect(foreign.measure).toBeCloseTo(parts.reduce((sum, value) => sum + value, 0) / 3, 12);
  });

  it("says which part raised the verdict, in words", () => {
    const random = new Random(11);
    const guard = fitGuard(twoKinds(random));
    const usual = anyEvidence(random, "new", { spread: 0.1 });
    const said = (change: Partial<CaseEvidence>) => {
      const { raisedBy, reason } = checkGuard(guard, { ...usual, ...change }, [
        "from left to right",
        "from back to front",
        "along the slices",
      ]);
      return { raisedBy, reason };
    };
    expect(said({})).toEqual({ raisedBy: [], reason: undefined });
    const { layers, roughness } = anyEvidence(random, "far", { shift: 4 });
    const interiorEntropy = 3;
    expect(said({ layers })).toEqual({ raisedBy: ["signature"], reason: "the image's features are foreign" });
    expect(said({ interiorEntropy })).toEqual({
      raisedBy: ["doubt"],
      reason: "familiar image, doubtful mask",
    });
    expect(said({ layers, interiorEntropy }).reason).toBe(
      "the image's features are foreign; the mask is doubtful",
    );
    const changed = (feature: number, by: number): Float64Array =>
      usual.roughness!.map((value, at) => value + (at === feature ? by : 0));
    expect(said({ roughness: changed(9, 6) })).toEqual({
      raisedBy: ["roughness"],
      reason: "resolution along the slices is lower than in any training image",
    });
    expect(said({ roughness: changed(1, -6) }).reason).toBe(
      "the image is rougher from left to right than any training image",
    );
    expect(said({ roughness: changed(4, 6) }).reason).toBe(
      "resolution from back to front differs from that of the training images",
    );
    expect(said({ roughness: roughness! }).raisedBy).toEqual(["roughness"]);
  });

  it("lets nothing familiar in one part excuse what is strange in another", () => {
    const random = new Random(12);
    const training = twoKinds(random);
    const guard = fitGuard(training);
    const { roughness } = anyEvidence(random, "far", { shift: 4 });
    const strange = { ...anyEvidence(random, "new"), roughness };
    const measure = (evidence: CaseEvidence): number => checkGuard(guard, evidence).measure;
    expect(measure({ ...strange, interiorEntropy: -1e6 })).toBe(measure({ ...strange, interiorEntropy: 0 }));
    expect(measure({ ...strange, layers: training[0]!.layers, interiorEntropy: 0 })).toBeGreaterThan(
      guard.threshold.value,
    );
  });

  it("joins measures that do not depend on the parts' units", () => {
    const random = new Random(13);
    const training = twoKinds(random);
    const heldOut = anyCases(random, 20, { dataset: "held" });
    const image = anyEvidence(random, "new", { shift: 0.4 });
    const rescaled = (evidence: CaseEvidence): CaseEvidence => ({
      ...evidence,
      interiorEntropy: 3 + 50 * evidence.interiorEntropy!,
      roughness: evidence.roughness!.map((value) => 7 * value - 2),
    });
    const plain = checkGuard(fitGuard(training, { heldOut }), image);
    const other = checkGuard(
      fitGuard(training.map(rescaled), { heldOut: heldOut.map(rescaled) }),
      rescaled(image),
    );
    for (const part of guardParts) {
      expect(other.parts[part]!.standardised).toBeCloseTo(plain.parts[part]!.standardised, 6);
      expect(other.parts[part]!.pValue).toBe(plain.parts[part]!.pValue);
    }
    expect(other.pValue).toBe(plain.pValue);
  });

  it("with one layer the paper's measure is the smallest distance", () => {
    const random = new Random(2);
    const training = twoKinds(random);
    const { model } = fitSignatures(training, { layers: ["late"], form: "paper" });
    const image = anyEvidence(random, "new");
    const [signature] = modelSignatures(model, image);
    const distances = model.training.map(({ signatures }) => euclidean(signatures[0]!, signature!));
    const score = scoreSignatures(model, image);
    expect(score.measure).toBe(Math.min(...distances));
    const nearest = training[distances.indexOf(score.measure)]!;
    expect(score.nearest).toEqual({ dataset: nearest.dataset, case: nearest.id });
  });

  it("measures a training image at zero distance of itself, but not when it is left out", () => {
    const training = twoKinds(new Random(3));
    const guard = fitGuard(training, { layers: ["early"] });
    expect(checkGuard(guard, training[4]!).byLayer.early!.distance).toBe(0);
    guard.calibration.parts!.forEach(({ signature }, at) => {
      expect(signature).toBeGreaterThan(checkGuard(guard, training[at]!).parts.signature!.measure);
    });
  });

  it.each([6, 15])("leaves out each of %i patients as if the guard were fitted again", (patients) => {
    const random = new Random(4);
    const cases = Array.from({ length: 15 }, (_, n) =>
      anyEvidence(random, `image-${n}`, { subject: `patient-${n % patients}` }),
    );
    const mixed = cases.map((evidence, at) => ({ ...evidence, dataset: at % 7 < 4 ? "liver" : "heart" }));
    for (const layers of [["early"], ["early", "late"]]) {
      for (const [fitted, detector] of [
        [fitSignatures, spectralSignature({ layers })],
        [fitLocalSignatures, localSignature({ layers })],
      ] as const) {
        const again = leaveOneOutScores(detector, mixed);
        fitted(mixed, { layers }).leaveOneOut.forEach((measure, at) => {
          expect(measure).toBeCloseTo(again[at]!, 9);
        });
      }
    }
  });

  it("does not let images of one patient vouch for each other", () => {
    const random = new Random(5);
    const cases = anyCases(random, 10).flatMap((evidence) => [
      evidence,
      { ...evidence, dataset: "follow-up", subject: evidence.subject },
    ]);
    expect(Math.min(...fitSignatures(cases, { layers: ["early"] }).leaveOneOut)).toBeGreaterThan(0);
    const strangers = cases.map((evidence, at) => ({ ...evidence, subject: `${at}` }));
    expect(Math.max(...fitSignatures(strangers, { layers: ["early"] }).leaveOneOut)).toBe(0);
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
  const guard = fitGuard(twoKinds(new Random(9)));
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
    expect(() => guardToJson({ ...guard, layers })).toThrow(UserError);
  });

  it("writes what can be read, and refuses everything else", () => {
    const text = fc.string({ maxLength: 8 });
    const list = (length: number) => ({ minLength: length, maxLength: length });
    const number = fc.oneof(fc.double(), fc.double({ min: -3, max: 3, noNaN: true }));
    // Any guard of the right type, and often of sense.
    const any = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .chain(([layers, images]) =>
        fc.record({
          form: fc.constantFrom("paper", "per-voxel", "covariance"),
          epsilon: fc.double({ min: 0, max: 1, noNaN: true }),
          layers: fc.array(
            fc.record({
              name: text,
              channels: fc.integer({ min: 0, max: 2 }),
              mean: number,
              deviation: fc.double({ min: 0, max: 1 }),
            }),
            list(layers),
          ),
          training: fc.array(
            fc.record({
              dataset: text,
              case: text,
              signatures: fc.array(
                fc.array(number, { maxLength: 2 }).map((values) => Float64Array.from(values)),
                list(layers),
              ),
            }),
            list(images),
          ),
          calibration: fc.record({
            source: fc.constantFrom("leave-one-out", "held-out"),
            leaveOut: fc.constantFrom("case", "subject"),
            measures: fc.array(number, { maxLength: 4 }),
          }),
          threshold: fc.record({ choice: fc.constant({ rule: "max" }), value: number }),
        }),
      ) as fc.Arbitrary<Guard>;
    const suiting = any.map((given) => ({
      ...given,
      layers: given.layers.map((layer, at) => ({ ...layer, name: `${at}${layer.name}`, channels: 1 + at })),
      training: given.training.map((image) => ({
        ...image,
        dataset: `d${image.dataset}`,
        case: `c${image.case}`,
        signatures: image.signatures.map((_, at) => new Float64Array(1 + at).fill(1 / (1 + at))),
      })),
      threshold: { ...given.threshold, value: Math.max(...given.calibration.measures) },
    }));
    let written = 0;
    fc.assert(
      fc.property(fc.oneof(any, suiting), (given) => {
        let json: string;
        try {
          json = guardToJson(given);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        written++;
        expect(guardToJson(guardFromJson(json))).toBe(json);
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(5);
  });

  it.each<[string, (given: Guard) => Guard]>([
    ["a layer twice", (given) => ({ ...given, layers: [given.layers[0]!, given.layers[0]!] })],
    [
      "a short signature",
      ({ training: [first, ...others], ...given }) => ({
        ...given,
        training: [{ ...first!, signatures: first!.signatures.map((one) => one.slice(1)) }, ...others],
      }),
    ],
    [
      "another threshold",
      (given) => ({ ...given, threshold: { ...given.threshold, value: given.threshold.value + 1 } }),
    ],
    ["no measure", (given) => ({ ...given, calibration: { ...given.calibration, parts: [] } })],
    [
      "measures of images without a name",
      (given) => ({ ...given, calibration: { ...given.calibration, images: [] } }),
    ],
  ])("refuses to write %s", (_, change) => {
    expect(() => guardToJson(change(guard))).toThrow(/the guard to be written/);
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
    ["another version", spoil((value) => (value.version = 3)), /format version 3, expected version 1 or 2/],
    ["a joined guard as one of version 1", spoil((value) => (value.version = 1)), /guard.json/],
    ["no roughness", spoil((value) => delete value.roughness), /roughness/],
    ["a feature short", spoil((value) => value.roughness.centre.pop()), /guard.json, roughness: found 11/],
    ["the factor of no covariance", spoil((value) => (value.roughness.lower[2][2] = 0)), /covariance/],
    [
      "a dataset without images",
      spoil((value) => (value.layers[0].datasets[0].dataset = "x")),
      /layers, early, datasets: found x/,
    ],
    ["a measure short", spoil((value) => value.calibration.parts.pop()), /calibration.images: found 24/],
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
