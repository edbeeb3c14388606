import { expect, it } from "vitest";
import { voxelwiseBundle } from "../../test/voxelwise-bundle.js";
import { Random } from "../base/index.js";
import { scaleProbabilities, temperatureKinds } from "../calibration/index.js";
import { preparationSchema } from "../preparation/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import {
  type Calibration,
  jointSignature,
  labelsOnFile,
  type OpenedBundle,
  predictImage,
  predictPrepared,
  prepareForBundle,
} from "./index.js";

/** Noise stays noise: what a guard looks at is that of the images which it was fitted to. */
const preparation = preparationSchema.parse({
  cropToForeground: false,
  spacing: { policy: "native" },
  intensities: { CT: [{ step: "z-score" }] },
});
const { bundle, session } = await voxelwiseBundle("union", preparation);
const POOLED = 1.5;

/** Uniform noise is familiar with this spread; a constant shift makes it foreign. */
const imageOf = (seed: number, shift = 0): Volume => {
  const random = new Random(seed);
  const data = Float32Array.from(
    { length: 1000 },
    () => random.normal() + (random.uniform() < 0.1 ? shift : 0),
  );
  return { shape: [10, 10, 10], affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
};
const given = (volume: Volume) => ({ volume, modalities: ["CT"] as const, name: "image" });

/** Fitted to images that all want the same temperature. */
async function calibrationWanting(temperature: number, volumes: readonly Volume[]): Promise<Calibration> {
  const cases = [];
  for (const [at, volume] of volumes.entries()) {
    const { layers } = await predictPrepared(
      { bundle, session },
      prepareForBundle(bundle, given(volume)),
      "image",
    );
    // Parabolas in log T about what the image wants.
    const losses = Float64Array.from({ length: 61 }, (_, point) => {
      const off = Math.log(0.05) + point / 10 - Math.log(temperature);
      return 0.1 + off * off;
    });
    cases.push({ dataset: "any", subject: `${at}`, signature: jointSignature(bundle, layers), losses });
  }
  const signature = temperatureKinds.signature.fit(cases, POOLED);
  expect(signature).toBeDefined();
  return { temperature: POOLED, images: 12, applied: "signature", alternatives: { signature } };
}

const known = Array.from({ length: 12 }, (_, at) => imageOf(at));
const openedWith = (calibration: Calibration): OpenedBundle => ({
  bundle: { ...bundle, calibration },
  session,
});

/** By what the pipeline scaled an image's probabilities. */
async function scaledBy(opened: OpenedBundle, volume: Volume) {
  const prepared = prepareForBundle(bundle, given(volume));
  const { uncalibrated, probabilities, verdict } = await predictPrepared(opened, prepared, "image");
  const logit = (p: number): number => Math.log(p / (1 - p));
  const at = uncalibrated.data.findIndex((p) => Math.abs(logit(p)) > 1 && Math.abs(logit(p)) < 3);
  return { temperature: logit(uncalibrated.data[at]!) / logit(probabilities.data[at]!), verdict };
}

it("scales a familiar image by what images of its signature want", async () => {
  const opened = openedWith(await calibrationWanting(0.8, known));
  const { temperature, verdict } = await scaledBy(opened, known[3]!);
  expect(verdict.foreign).toBe(false);
  expect(temperature).toBeGreaterThan(0.75);
  expect(temperature).toBeLessThan(1.1);
});

it("never makes the probabilities of an image that the guard refuses surer than the pooled temperature does", async () => {
  const foreign = imageOf(50, 30);
  // Calibrated, for the sake of the test, on images like the foreign one.
  const alike = Array.from({ length: 12 }, (_, at) => imageOf(60 + at, 30));
  const surer = await scaledBy(openedWith(await calibrationWanting(0.8, alike)), foreign);
  expect(surer.verdict.foreign).toBe(true);
  expect(surer.temperature).toBeCloseTo(POOLED, 3);
  const doubting = await scaledBy(openedWith(await calibrationWanting(3, alike)), foreign);
  expect(doubting.temperature).toBeGreaterThan(2);
});

it("predict and evaluate scale alike, and a bundle that names no kind scales by the pooled temperature", async () => {
  const calibration = await calibrationWanting(0.8, known);
  const prepared = prepareForBundle(bundle, given(known[2]!));
  for (const applied of ["signature", "pooled", undefined] as const) {
    const opened = openedWith({ ...calibration, applied });
    const evaluated = await predictPrepared(opened, prepared, "image");
    const whole = await labelsOnFile(bundle, evaluated.probabilities, prepared.placement);
    const predicted = await predictImage(opened, given(known[2]!));
    expect(predicted.labels.data).toEqual(whole.labels.data);
    const furthest = predicted.confidence.data.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - whole.confidence.data[at]!)),
      0,
    );
    expect(furthest).toBeLessThan(1e-5);
    const plain = scaleProbabilities(evaluated.uncalibrated, "sigmoid", POOLED);
    if (applied === "signature") expect(evaluated.probabilities.data).not.toEqual(plain.data);
    else expect(evaluated.probabilities.data).toEqual(plain.data);
  }
});
