import { expect, test } from "vitest";
import { anyCases } from "../../test/any-evidence.js";
import { Random } from "../base/index.js";
import type { Session, Tensor } from "../graph/index.js";
import { fitGuard } from "../ood/index.js";
import { preparationSchema } from "../preparation/index.js";
import { affineFromSpacing, reorient, type Volume, voxelCount } from "../volume/index.js";
import type { Bundle } from "./bundle.js";
import { labelsOnFile, predictImage, predictPrepared, prepareForBundle } from "./index.js";

const CLASSES = 25;

/** Class c is where the prepared intensity is near a level of its own; no features. */
const session: Session = {
  inputNames: ["image"],
  outputNames: ["logits"],
  run: async (feeds: Readonly<Record<string, Tensor>>) => {
    const { dims, data } = feeds.image!;
    const voxels = data.length;
    const logits = new Float32Array(CLASSES * voxels);
    for (let c = 0; c < CLASSES; c++) {
      const level = -2 + (4 * c) / CLASSES;
      for (let at = 0; at < voxels; at++) logits[c * voxels + at] = -10 * Math.abs(Number(data[at]) - level);
    }
    return { logits: { type: "float32", dims: [1, CLASSES, ...dims.slice(2)], data: logits } };
  },
  release: async () => {},
} as unknown as Session;

const guard = fitGuard(anyCases(new Random(1), 20), { threshold: { rule: "conformal", alpha: 0.05 } });

const bundle = {
  preparation: preparationSchema.parse({ spacing: { policy: "fixed", mm: [1.5, 1.4, 1.3] } }),
  windows: { window: [8, 8, 8], overlap: 0.5, multipleOf: [1, 1, 1], fixedSize: true, padding: "reflect" },
  labels: {
    labelMode: "exclusive",
    organs: Array.from({ length: CLASSES - 1 }, (_, at) => `organ ${at + 1}`),
    outputChannels: CLASSES,
    activation: "softmax",
    inputChannels: ["image"],
    modalities: ["MR"],
  },
  calibration: { temperature: 1.3, images: 0 },
  guard: { ...guard, layers: [] },
} as unknown as Bundle;

const random = new Random(3);
const shape = [24, 21, 26] as const;
const volume: Volume = {
  shape,
  affine: affineFromSpacing([1, 1, 1]),
  channels: 1,
  data: Float32Array.from(
    { length: voxelCount(shape) },
    (_, at) => Math.sin(at / 7) + Math.cos(at / 500) + 0.1 * random.normal(),
  ),
};

test.each(["RAS", "LPI", "SRA"])(
  "a mask made while the network runs is that of all its probabilities, the file's axes running %s",
  async (orientation) => {
    const image = { volume: reorient(volume, orientation), modalities: ["MR"] as const, name: "image" };
    const opened = { bundle, session };
    const progress: (readonly [number, number])[] = [];
    const { labels, confidence, volumes, signatures, verdict } = await predictImage(opened, image, {
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(progress.map(([done]) => done)).toEqual(progress.map((_, at) => at + 1));
    expect(progress.at(-1)).toEqual([progress.length, progress.length]);

    const prepared = prepareForBundle(bundle, image);
    const { probabilities, byNetwork, ...judged } = await predictPrepared(opened, prepared, "image");
    expect(judged.verdict).toEqual(verdict);
    expect(byNetwork[0].signatures).toEqual(signatures);
    const whole = await labelsOnFile(bundle, probabilities, prepared.placement);
    expect(new Set(labels.data).size).toBeGreaterThan(10);
    const others = labels.data.reduce(
      (count, label, at) => count + Number(label !== whole.labels.data[at]),
      0,
    );
    // Where two classes are equal to the last digit.
    expect(others).toBeLessThan(5);
    const furthest = confidence.data.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - whole.confidence.data[at]!)),
      0,
    );
    expect(furthest).toBeLessThan(1e-4);
    for (const [at, { expected, mask }] of volumes.entries()) {
      expect(expected).toBeCloseTo(whole.volumes[at]!.expected, 3);
      expect(Math.abs(mask - whole.volumes[at]!.mask)).toBeLessThan(0.1);
    }
  },
);
