/** A network of nnU-Net's regions on the real binary: imported, fitted, and measured by the masks that it predicts itself. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { Random } from "../../src/base/index.js";
import { readVolumeFile } from "../../src/dataset/index.js";
import { writeVolume } from "../../src/sources/index.js";
import { affineFromSpacing, voxelCount } from "../../src/volume/index.js";
import { loadFixture } from "../oracle/load-fixture.js";
import { Workplace } from "./workplace.js";

/** Enough for the usual promise. */
const IMAGES = 9;
/** Of two channels; its regions are stood in for: it was never trained. */
const { model } = loadFixture<{ model: string }>("predictor-rules").index;

const { folder, sureseg } = new Workplace();
const path = (...names: string[]) => join(folder, ...names);
const json = (name: string, value: object) => writeFileSync(path(name), JSON.stringify(value));
const nameOf = (image: number) => `image-${image}`;

beforeAll(async () => {
  writeFileSync(path("model.onnx"), Buffer.from(model, "base64"));
  json("dataset.json", {
    channel_names: { "0": "T1" },
    labels: { background: 0, whole: [3, 1], core: [3] },
    regions_class_order: [1, 3],
  });
  json("plans.json", {
    dataset_name: "Dataset003_Regions",
    image_reader_writer: "SimpleITKIO",
    transpose_forward: [0, 1, 2],
    foreground_intensity_properties_per_channel: {},
    configurations: {
      "3d_fullres": {
        patch_size: [6, 8, 8],
        spacing: [1, 1, 1],
        normalization_schemes: ["ZScoreNormalization"],
        use_mask_for_norm: [false],
      },
    },
  });
  mkdirSync(path("images"));
  mkdirSync(path("labels"));
  for (let image = 0; image < IMAGES; image++) {
    const random = new Random(image);
    const shape = [14, 11, 9] as const;
    const data = Float32Array.from(
      { length: voxelCount(shape) },
      (_, at) => 1000 + 200 * Math.sin(at / 3) + 200 * random.normal(),
    );
    const volume = { shape, affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
    const file = path("images", `${nameOf(image)}.nii.gz`);
    writeFileSync(file, await writeVolume(volume, file));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const adopt = (out: string, ...more: string[]) =>
  sureseg(
    ...["guard", "fit", "--model", "model.onnx", "--images", "images", "--preparation", "network.yaml"],
    ...["--out", out, "--quiet", ...more],
  );

it("is imported, fitted, and segments", async () => {
  const mirrored = ["--mirroring", "0", "2"];
  const imported = await sureseg(
    ...["guard", "import-plans", "plans.json", "dataset.json", ...mirrored, "--out", "network.yaml"],
  );
  expect(imported.status, imported.stderr).toBe(0);
  const file = parse(readFileSync(path("network.yaml"), "utf8"));
  expect(file).toMatchObject({
    organs: { whole: [3, 1], core: [3] },
    regions: { whole: 1, core: 3 },
    output: { labelMode: "regions" },
    windows: { weights: "nnunet", mirroring: ["k", "i"] },
  });
  const { status, stderr } = await adopt("guarded");
  expect(status, stderr).toBe(0);
  const images = Array.from({ length: IMAGES }, (_, image) => `images/${nameOf(image)}.nii.gz`);
  const predicted = await sureseg(
    "predict",
    "guarded",
    ...images,
    "--modality",
    "MR",
    "--out",
    "masks",
    "--quiet",
  );
  expect([0, 3], predicted.stderr).toContain(predicted.status);
  const values = new Set<number>();
  for (let image = 0; image < IMAGES; image++) {
    const mask = path("masks", `${nameOf(image)}_mask.nii.gz`);
    for (const value of (await readVolumeFile(mask)).data) values.add(value);
    writeFileSync(path("labels", `${nameOf(image)}.nii.gz`), readFileSync(mask));
  }
  expect(values).toEqual(new Set([0, 1, 3]));
});

it("measures each region as the set of its values: its own masks are without fault", async () => {
  const fitted = await adopt("measured", "--labels", "labels");
  expect(fitted.status, fitted.stderr).toBe(0);
  expect(fitted.stdout).toMatch(/^Dataset003_Regions +9 +all +1\.000 +1\.000 +0\.0 +0\.00 /m);
  const { status, stdout, stderr } = await sureseg(
    ...["evaluate", "measured", "--images", "images", "--labels", "labels", "--json", "--quiet"],
  );
  expect(status, stderr).toBe(0);
  const { cases } = JSON.parse(stdout) as { cases: { organ: string; dice: number; referenceMl: number }[] };
  expect(cases.map(({ organ }) => organ)).toEqual(
    Array.from({ length: IMAGES }, () => ["whole", "core"]).flat(),
  );
  expect(cases.filter(({ dice }) => dice !== 1)).toEqual([]);
  for (let image = 0; image < IMAGES; image++) {
    const [whole, core] = cases.slice(2 * image, 2 * image + 2);
    const { data } = await readVolumeFile(path("labels", `${nameOf(image)}.nii.gz`));
    const count = (values: readonly number[]) =>
      Array.from(data).filter((value) => values.includes(value)).length;
    expect(whole!.referenceMl * 1000).toBeCloseTo(count([1, 3]), 6);
    expect(core!.referenceMl * 1000).toBeCloseTo(count([3]), 6);
  }
});
