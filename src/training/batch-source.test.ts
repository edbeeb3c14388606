import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Random } from "../base/index.js";
import { type PreparedVoxels, writeEntry } from "../dataset/index.js";
import { targetLayout } from "../labels/targets.js";
import { affineFromSpacing } from "../volume/index.js";
import { augmentationSchema } from "./augmentation/index.js";
import type { Batch } from "./batch-maker.js";
import { batchSource } from "./batch-source.js";
import { samplingSchema, type TrainingCase } from "./sampling/index.js";

const shape = [20, 18, 16] as const;
const voxels = shape[0] * shape[1] * shape[2];

const root = mkdtempSync(join(tmpdir(), "sureseg-batches-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function put(
  name: Pick<TrainingCase, "dataset" | "id" | "organs">,
  { image, target }: PreparedVoxels,
): Promise<TrainingCase> {
  const entry = join(root, `${name.dataset}-${name.id}.case`);
  const { shape, affine, channels } = image;
  const grid = { shape, affine };
  await writeEntry(entry, {
    image,
    target,
    placement: { original: grid, seen: { low: [0, 0, 0], high: shape } },
    ceiling: { together: 1, organs: [] },
    organVoxels: [],
  });
  return { ...name, grid, channels, entry };
}

/** Noise with one bright block an organ; in the first channel the block's brightness is its label. */
function makeCase(dataset: string, id: string, organs: string[], seed: number): Promise<TrainingCase> {
  const random = new Random(seed);
  const data = Float32Array.from({ length: 2 * voxels }, () => random.normal());
  const target = new Uint8Array(voxels);
  organs.forEach((_, index) => {
    const [i, j, k] = [2 + random.below(14), 2 + random.below(12), 2 + random.below(10)];
    for (let c = k; c < k + 3; c++)
      for (let b = j; b < j + 3; b++)
        target.fill(index + 1, i + 20 * (b + 18 * c), i + 3 + 20 * (b + 18 * c));
  });
  data.set(target);
  const image = { shape, affine: affineFromSpacing([1, 1, 2]), channels: 2, data };
  return put({ id, dataset, organs }, { image, target });
}

const cases = await Promise.all([
  makeCase("ct", "a", ["liver", "spleen"], 1),
  makeCase("ct", "b", ["liver", "spleen"], 2),
  makeCase("mr", "a", ["heart"], 3),
]);
const recipe = {
  seed: 11,
  batch: 3,
  patch: [12, 10, 8] as const,
  layout: targetLayout("union", cases),
  augmentation: augmentationSchema.parse({}),
  sampling: samplingSchema.parse({}),
};
const plain = { ...recipe, augmentation: augmentationSchema.parse({ enabled: false }) };

describe("training batches", () => {
  test("are a pure function of seed and step, in any order", async () => {
    const source = batchSource(cases, recipe, { workers: 0 });
    const again = batchSource(cases, recipe, { workers: 0 });
    const forwards: Batch[] = [];
    for (let step = 0; step < 6; step++) forwards.push(await source.batch(step));
    for (let step = 5; step >= 0; step--) expect(await again.batch(step)).toEqual(forwards[step]);
    const other = batchSource(cases, { ...recipe, seed: 12 }, { workers: 0 });
    expect(await other.batch(0)).not.toEqual(forwards[0]);
    expect(forwards[1]).not.toEqual(forwards[0]);
  });

  test.each([
    ["union", true, "66e5e71a556eb709a2ac7a66a9abe7643655d4f97ae699bbb26434495f5c11c0"],
    ["union", false, "48147d92f05462d9cf93e337400ed9ebff1fa805d6438bb8dad6c292e538f1f6"],
    ["shared", true, "a8a0de1bbd1c30983f263836c194cfe30ff1e3a6c46836c92c7fe041278c11e6"],
    ["shared", false, "01681ee6f61c60cfa9e2b1c9260a6ed739c93fe1bd6c7d6c79389110217010d4"],
  ] as const)("are byte for byte what they always were (%s, augmented: %s)", async (mode, enabled, known) => {
    const augmentation = augmentationSchema.parse({ enabled });
    const given = { ...recipe, layout: targetLayout(mode, cases), augmentation };
    // Memory for one case: the others are read again and again, which must not show.
    for (const memory of [2 ** 20, 1]) {
      const source = batchSource(cases, given, { workers: 0, memory });
      const hash = createHash("sha256");
      for (let step = 0; step < 8; step++) {
        const { image, target, weight, cases: keys } = await source.batch(step);
        for (const array of [image, target, weight]) hash.update(new Uint8Array(array.buffer));
        hash.update(keys.join());
      }
      expect(hash.digest("hex")).toBe(known);
    }
  });

  test("have the sizes, targets and weights of their cases", async () => {
    const source = batchSource(cases, plain, { workers: 0 });
    const size = 12 * 10 * 8;
    const seen = new Set<string>();
    for (let step = 0; step < 10; step++) {
      const { image, target, weight, cases: keys } = await source.batch(step);
      expect([image.length, target.length, weight.length]).toEqual([3 * 2 * size, 3 * 3 * size, 9]);
      keys.forEach((key, n) => {
        seen.add(key);
        expect([...weight.subarray(3 * n, 3 * n + 3)]).toEqual(key.startsWith("ct") ? [1, 1, 0] : [0, 0, 1]);
        const values = key.startsWith("ct") ? [1, 2, 0] : [0, 0, 1];
        values.forEach((value, channel) => {
          const start = (3 * n + channel) * size;
          // The first image channel shows the label itself.
          const shown = image
            .subarray(2 * n * size, (2 * n + 1) * size)
            .map((x) => (value > 0 && x === value ? 1 : 0));
          expect(target.subarray(start, start + size)).toEqual(shown);
        });
      });
    }
    expect([...seen].sort()).toEqual(["ct/a", "ct/b", "mr/a"]);
  });

  test("the share of patches near the foreground is met exactly", async () => {
    // Organs of 27 voxels in a long image: a patch put anywhere hardly ever meets one.
    const long = [4, 4, 2000] as const;
    const target = new Uint8Array(32000).fill(1, 16000, 16027);
    const image = {
      shape: long,
      affine: affineFromSpacing([1, 1, 1]),
      channels: 1,
      data: new Float32Array(32000),
    };
    const one = await put({ id: "a", dataset: "d", organs: ["x"] }, { image, target });
    for (const foregroundShare of [0, 0.5, 1]) {
      const sampling = samplingSchema.parse({ foregroundShare });
      const given = { ...plain, sampling, patch: [4, 4, 4] as const, layout: targetLayout("shared", [one]) };
      const source = batchSource([one], given, { workers: 0 });
      let met = 0;
      for (let step = 0; step < 40; step++) {
        const { target: hit } = await source.batch(step);
        for (let n = 0; n < 3; n++) met += hit.subarray(64 * n, 64 * n + 64).includes(1) ? 1 : 0;
      }
      expect(met).toBeGreaterThanOrEqual(120 * foregroundShare);
      expect(met).toBeLessThanOrEqual(120 * foregroundShare + 3);
    }
  });

  test("refuse what cannot be", async () => {
    expect(() => batchSource([], recipe, { workers: 0 })).toThrow(/no|none/);
    expect(() => batchSource(cases, { ...recipe, batch: 0 }, { workers: 0 })).toThrow(RangeError);
    expect(() => batchSource(cases, { ...recipe, patch: [8, 8, 1.5] }, { workers: 0 })).toThrow(RangeError);
    const narrow = { ...recipe, layout: targetLayout("union", cases.slice(0, 1)) };
    expect(() => batchSource(cases, narrow, { workers: 0 })).toThrow(/heart/);
    const source = batchSource(cases, recipe, { workers: 0 });
    await expect(source.batch(-1)).rejects.toThrow(RangeError);
    await source.close();
    await expect(source.batch(0)).rejects.toThrow(/closed/);
  });
});

const built = existsSync(new URL("../../dist/training/batch-worker.js", import.meta.url));

describe.skipIf(!built)("threads (skipped where the project is not built)", () => {
  test.each([1, 2])("%d give the batches that are made in process", async (workers) => {
    const inProcess = batchSource(cases, recipe, { workers: 0 });
    const source = batchSource(cases, recipe, { workers, prefetch: 3 });
    try {
      for (const step of [0, 1, 2, 3, 9, 10, 4]) {
        expect(await source.batch(step)).toEqual(await inProcess.batch(step));
      }
      const together = await Promise.all([20, 21, 22].map((step) => source.batch(step)));
      for (const [n, batch] of together.entries()) expect(batch).toEqual(await inProcess.batch(20 + n));
    } finally {
      await source.close();
    }
  });

  test("closing rejects what is awaited, and what is asked for later", async () => {
    const source = batchSource(cases, recipe, { workers: 1 });
    const awaited = source.batch(0);
    const outcome = expect(awaited).rejects.toThrow(/closed/);
    await source.close();
    await outcome;
    await expect(source.batch(1)).rejects.toThrow(/closed/);
  });
});
