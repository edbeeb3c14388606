/** Windows, mirrored copies and masks of regions as nnU-Net's and MONAI's own functions make them. */
import { afterAll, describe, expect, test } from "vitest";
import {
  datasetJsonSchema,
  networkFileOfPlans,
  networkFileSchema,
  paintedRegions,
  plansSchema,
} from "../../src/adoption/index.js";
import { importanceMaps } from "../../src/inference/importance-maps.js";
import { flipVoxels, predictVolume, type WindowPlan } from "../../src/inference/index.js";
import { labelVoxels } from "../../src/labels/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { affineFromSpacing, type Shape, type Volume, voxelCount } from "../../src/volume/index.js";
import { loadFixture } from "../oracle/load-fixture.js";

/** Axes of the network: k, j, i. */
type Axes = readonly [number, number, number];

interface Prediction {
  readonly name: string;
  readonly software: "nnunet" | "monai";
  readonly overlap: number;
  readonly mirroring?: readonly number[];
  readonly mode?: "gaussian" | "constant";
}

const { index, tensor } = loadFixture<{
  model: string;
  window: Axes;
  sizes: Axes[];
  predictions: Prediction[];
  regions: { labels: object; regions_class_order: number[] }[];
}>("predictor-rules");

const alongImage = ([k, j, i]: Axes): Shape => [i, j, k];
const furthest = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(found).reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);

const weights = index.sizes.flatMap((size) =>
  (["nnunet", "monai"] as const).map((software) => ({ software, size })),
);

test.each(weights)("weights of $software, windows of $size", ({ software, size }) => {
  const expected = tensor(`weights/${software}/${size.join("x")}`).data;
  const found = importanceMaps[software](alongImage(size));
  expect(found).toHaveLength(expected.length);
  // Of nnU-Net's half precision the very numbers.
  if (software === "nnunet") expect([...found]).toEqual([...expected]);
  else expect(furthest(found, expected)).toBeLessThan(1e-6);
});

describe("a whole image", async () => {
  const session = await nodeEngine().open(Buffer.from(index.model, "base64"));
  afterAll(() => session.release());
  const { dims, data } = tensor("image");
  const [, nk, nj, ni] = dims as [number, number, number, number];
  const image: Volume<Float32Array> = {
    shape: [ni, nj, nk],
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data: Float32Array.from(data),
  };
  const planOf = ({ software, overlap, mirroring = [], mode }: Prediction): WindowPlan => ({
    window: alongImage(index.window),
    overlap,
    multipleOf: [1, 1, 1],
    fixedSize: true,
    padding: "zero",
    placement: software === "nnunet" ? "spread" : "stepped",
    blending: "logits",
    weights: mode === "constant" ? "constant" : software,
    mirroring: mirroring.map((axis) => (["k", "j", "i"] as const)[axis]!),
  });

  const probabilitiesOf = async (plan: WindowPlan) =>
    (await predictVolume(session, image, plan, { outputChannels: 2 })).data;

  test.each(index.predictions)("$name", async (item) => {
    const logits = tensor(`logits/${item.name}`).data;
    const expected = Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
    expect(furthest(await probabilitiesOf(planOf(item)), expected)).toBeLessThan(1e-5);
  });

  test("other weights, or no mirrored copies, would be noticed", async () => {
    const found = Object.fromEntries(
      await Promise.all(
        index.predictions.map(async (item) => [item.name, await probabilitiesOf(planOf(item))] as const),
      ),
    ) as Record<string, Float32Array>;
    const monai = planOf(index.predictions.find(({ name }) => name === "monai-gaussian")!);
    const ours = await probabilitiesOf({ ...monai, weights: "gaussian" });
    expect(furthest(ours, found["monai-gaussian"]!)).toBeGreaterThan(1e-3);
    expect(furthest(found.nnunet!, found["nnunet-mirrored"]!)).toBeGreaterThan(5e-3);
    expect(furthest(found["nnunet-mirrored-everywhere"]!, found["nnunet-mirrored"]!)).toBeGreaterThan(5e-3);
  });

  test("probabilities of mirrored copies are averaged where probabilities are blended", async () => {
    const shape = alongImage(index.window);
    const one = { ...image, shape, data: image.data.slice(0, voxelCount(shape)) };
    const plan: WindowPlan = { window: shape, overlap: 0, multipleOf: [1, 1, 1], fixedSize: true };
    const of = async (shown: Volume<Float32Array>, more: Partial<WindowPlan> = {}) =>
      predictVolume(session, shown, { ...plan, ...more }, { outputChannels: 2 });
    const turned = (volume: Volume<Float32Array>) => flipVoxels(volume, [false, true, false]);
    const [plain, copy] = [await of(one), turned(await of(turned(one)))];
    const mean = plain.data.map((value, at) => (value + copy.data[at]!) / 2);
    const mirrored = (await of(one, { mirroring: ["j"] })).data;
    expect(furthest(mirrored, mean)).toBeLessThan(1e-6);
    expect(
      furthest(mirrored, (await of(one, { mirroring: ["j"], blending: "logits" })).data),
    ).toBeGreaterThan(1e-6);
  });
});

test.each(index.regions.map((item, at) => ({ ...item, at })))(
  "a mask of regions painted as $regions_class_order",
  ({ labels, regions_class_order, at }) => {
    const dataset = datasetJsonSchema.parse({ channel_names: { "0": "CT" }, labels, regions_class_order });
    const file = networkFileSchema.parse(
      networkFileOfPlans({
        plans,
        dataset,
        configuration: "3d_fullres",
        names: { plans: "p", dataset: "d" },
      }),
    );
    const { dims, data } = tensor(`regions/${at}/probabilities`);
    const predicted = {
      channels: dims[0]!,
      labelMode: "regions" as const,
      regions: paintedRegions(file)!,
    };
    const mask = labelVoxels(Float32Array.from(data), predicted).labels;
    expect([...mask]).toEqual([...tensor(`regions/${at}/mask`).data]);
    expect(new Set(mask)).toEqual(new Set([0, ...regions_class_order]));
  },
);

const plans = plansSchema.parse({
  dataset_name: "Dataset002_Regions",
  image_reader_writer: "SimpleITKIO",
  transpose_forward: [0, 1, 2],
  foreground_intensity_properties_per_channel: {},
  configurations: {
    "3d_fullres": {
      patch_size: [8, 8, 8],
      spacing: [1, 1, 1],
      normalization_schemes: ["NoNormalization"],
      use_mask_for_norm: [false],
    },
  },
});
