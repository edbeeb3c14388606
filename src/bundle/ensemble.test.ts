import { expect, it } from "vitest";
import { voxelwiseBundle } from "../../test/voxelwise-bundle.js";
import { Random } from "../base/index.js";
import type { Session, Tensor } from "../graph/index.js";
import { poolCalibration } from "../ood/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import {
  checkImage,
  type ImageToPredict,
  labelsOnFile,
  type OpenedBundle,
  predictImage,
  predictPrepared,
  prepareForBundle,
} from "./index.js";

const single = await voxelwiseBundle("union");

/** The same network with logits moved by a number. */
const moved = (by: number, onRelease: () => void): Session => ({
  inputNames: single.session.inputNames,
  outputNames: single.session.outputNames,
  run: async (feeds, wanted) => {
    const outputs = await single.session.run(feeds, wanted);
    const { data, ...logits } = outputs.logits as Tensor;
    return { ...outputs, logits: { ...logits, data: (data as Float32Array).map((value) => value + by) } };
  },
  release: async () => onRelease(),
});

const temperatures = [1.7, 1, 0.6];
const shifts = [0, 1, -0.5];
const [open, most] = [{ now: 0 }, { now: 0 }];

/** Three networks that differ in their logits and their temperatures. */
const opened: OpenedBundle = (() => {
  const { bundle, session } = single;
  const measures = bundle.guard.calibration.measures;
  const parts = [0, 1, 2].map((n) => ({
    ...bundle.guard,
    calibration: { ...bundle.guard.calibration, measures: measures.slice(4 * n, 4 * n + 4) },
  }));
  const guards = poolCalibration(parts, { rule: "conformal", alpha: 0.1 });
  const networks = guards.map((guard, n) => ({
    model: Uint8Array.of(n),
    calibration: { temperature: temperatures[n]!, images: 4 },
    guard,
  }));
  return {
    bundle: { ...bundle, ...networks[0]!, further: networks.slice(1) },
    session,
    openFurther: async (model) => {
      most.now = Math.max(most.now, ++open.now);
      return moved(shifts[model[0]!]!, () => open.now--);
    },
  };
})();

const random = new Random(3);
const volume: Volume = {
  shape: [20, 18, 22],
  affine: affineFromSpacing([1, 1, 1]),
  channels: 1,
  data: Float32Array.from({ length: 20 * 18 * 22 }, () => random.normal()),
};
const image: ImageToPredict = { volume, modalities: ["CT"], name: "image" };

it("an ensemble's probabilities are the mean of its networks', each at its own temperature", async () => {
  const prepared = prepareForBundle(opened.bundle, image);
  const { uncalibrated, probabilities } = await predictPrepared(opened, prepared, "image");
  const alone = await predictPrepared({ bundle: single.bundle, session: single.session }, prepared, "image");
  const logit = (p: number): number => Math.log(p / (1 - p));
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  for (let at = 0; at < probabilities.data.length; at += 97) {
    // Windows are blended as probabilities; without a shift the logit is the network's own.
    const z = logit(alone.uncalibrated.data[at]!);
    if (Math.abs(z) > 6) continue;
    const expected = shifts.map((shift, n) => sigmoid((z + shift) / temperatures[n]!));
    const raw = shifts.map((shift) => sigmoid(z + shift));
    expect(uncalibrated.data[at]).toBeCloseTo((raw[0]! + raw[1]! + raw[2]!) / 3, 3);
    expect(probabilities.data[at]).toBeCloseTo((expected[0]! + expected[1]! + expected[2]!) / 3, 3);
  }
});

it("mask and verdict of predict, of a check and of an evaluation are the same, and networks are closed again", async () => {
  const { labels, confidence, verdict } = await predictImage(opened, image);
  const checked = await checkImage(opened, image);
  const prepared = prepareForBundle(opened.bundle, image);
  const evaluated = await predictPrepared(opened, prepared, "image");
  const whole = labelsOnFile(opened.bundle, evaluated.probabilities, prepared.placement);
  expect(labels.data).toEqual(whole.labels.data);
  expect(confidence.data).toEqual(whole.confidence.data);
  expect(verdict).toEqual(evaluated.verdict);
  expect(checked.verdict).toEqual(verdict);
  expect(open.now).toBe(0);
  expect(most.now).toBe(1);
});

it("an ensemble that was opened as one network is not silently used as one", async () => {
  const { bundle, session } = opened;
  await expect(predictImage({ bundle, session }, image)).rejects.toThrow("without a way to its networks");
});
