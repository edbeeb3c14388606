import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { voxelwiseBundle } from "../../test/voxelwise-bundle.js";
import { Random } from "../base/index.js";
import { predictImage } from "../bundle/index.js";
import { loadImage, openDataset, prepareCases } from "../dataset/index.js";
import { labelModes, maskOfValues } from "../labels/index.js";
import { dice } from "../metrics/index.js";
import { writeVolume } from "../sources/index.js";
import { multiplyAffines, type Volume } from "../volume/index.js";
import type { SeenImage } from "./index.js";
import { evaluateCases } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-evaluate-"));
const hooks = { stage: () => {}, progress: () => {} };
/** The label file's values of each organ; written in another order than the network's channels. */
const organs = { second: [5, 6], first: [2] };
/** The same files as parts of regions, the second within the first. */
const parts = { first: [2], "first + second": [5, 6] };

interface Measured {
  readonly organ: string;
  /** In masks. */
  readonly labels: readonly number[];
  /** In label files. */
  readonly values: readonly number[];
}
const inOrder = (mode: string): Measured[] =>
  mode === "shared"
    ? [{ organ: "second+first", labels: [1], values: [2, 5, 6] }]
    : mode === "regions"
      ? [
          { organ: "first", labels: [1, 2], values: [2, 5, 6] },
          { organ: "second", labels: [2], values: [5, 6] },
        ]
      : [
          { organ: "second", labels: [2], values: [5, 6] },
          { organ: "first", labels: [1], values: [2] },
        ];

/** Anisotropic, left-handed and off the axes' order, so that restoring has something to get wrong. */
const affine = multiplyAffines(
  [0, -1, 0, 40, -1, 0, 0, 10, 0, 0, 1, -5, 0, 0, 0, 1],
  [1.1, 0, 0, 0, 0, 0.9, 0, 0, 0, 0, 2.3, 0, 0, 0, 0, 1],
);

beforeAll(async () => {
  for (const part of ["images", "labels"]) mkdirSync(join(folder, part));
  for (const name of ["a", "b"]) {
    const random = new Random(name.charCodeAt(0));
    const shape = [21, 18, 11] as const;
    const voxels = shape[0] * shape[1] * shape[2];
    // Smooth enough that masks are not mere noise, rough enough that every rule of rounding shows.
    const image: Volume = {
      shape,
      affine,
      channels: 1,
      data: Float32Array.from(
        { length: voxels },
        (_, at) => 300 * Math.sin(at / 5) + 100 * Math.cos(at / 97) + 60 * random.normal(),
      ),
    };
    const labels: Volume = {
      shape,
      affine,
      channels: 1,
      data: Uint8Array.from(image.data, (value) =>
        value > 250 ? 5 : value > 100 ? 2 : value < -330 ? 6 : 0,
      ),
    };
    for (const [part, volume] of [["images", image] as const, ["labels", labels] as const]) {
      const path = join(folder, part, `${name}.nii.gz`);
      writeFileSync(path, await writeVolume(volume, path));
    }
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(labelModes)("in label mode %s", (labelMode) => {
  it("measures, voxel by voxel, the mask that predict gives", async () => {
    const opened = await voxelwiseBundle(labelMode);
    const dataset = await openDataset(folder, { modality: "CT", name: "two" });
    const selection = labelMode === "regions" ? parts : organs;
    const items = await prepareCases(dataset, {
      organs: selection,
      preparation: opened.bundle.preparation,
      cacheFolder: join(folder, "cache"),
    });
    const seen: SeenImage[] = [];
    const witness = (image: SeenImage): void => void seen.push(image);
    const evaluated = await evaluateCases(opened, items, { organs: { two: selection }, witness }, hooks);

    for (const item of items) {
      const volume = await loadImage(item.files, 1);
      const image = { volume, modalities: ["CT" as const], name: item.id };
      const predicted = await predictImage(opened, image);
      const drawn = seen.find((one) => one.case === item.id)!;
      const rows = evaluated.cases.filter((row) => row.case === item.id);
      const measured = inOrder(labelMode);
      const maskOf = ({ labels }: Measured) => maskOfValues(predicted.labels.data, new Set(labels));
      expect([...drawn.prediction.data]).toEqual([...maskOf(measured[0]!)]);
      expect(rows.map(({ organ }) => organ)).toEqual(measured.map(({ organ }) => organ));
      const reference = (await loadImage({ ...item.files, images: [item.files.label as string] }, 1)).data;
      for (const [at, row] of rows.entries()) {
        const truth = maskOfValues(Uint8Array.from(reference), new Set(measured[at]!.values));
        expect(row.dice).toBe(dice(maskOf(measured[at]!), truth));
        expect(row.verdict).toEqual(predicted.verdict);
      }
      const overlaps = rows.map(({ dice: overlap }) => overlap);
      expect(Math.max(...overlaps)).toBeGreaterThan(0.2);
      expect(Math.max(...overlaps)).toBeLessThan(0.999);
    }
  });
});

it("measures by the dataset's name: a dataset without organs in the map is refused, not matched by its place", async () => {
  const opened = await voxelwiseBundle("union");
  const dataset = await openDataset(folder, { modality: "CT", name: "two" });
  const items = await prepareCases(dataset, {
    organs,
    preparation: opened.bundle.preparation,
    cacheFolder: join(folder, "cache"),
  });
  await expect(evaluateCases(opened, items, { organs: { other: organs } }, hooks)).rejects.toThrow(
    /dataset two/,
  );
});
