import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "../base/index.js";
import { writeEntry } from "../dataset/index.js";
import { targetLayout } from "../labels/targets.js";
import { affineFromSpacing } from "../volume/index.js";
import { augmentationSchema } from "./augmentation/index.js";
import type { BatchRecipe } from "./batch-maker.js";
import { BatchPool } from "./batch-pool.js";
import { samplingSchema, type TrainingCase } from "./sampling/index.js";

const built = existsSync(new URL("../../dist/training/batch-worker.js", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "sureseg-pool-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const grid = { shape: [4, 4, 4] as const, affine: affineFromSpacing([1, 1, 1]) };
const one: TrainingCase = {
  id: "a",
  dataset: "d",
  organs: ["x"],
  grid,
  channels: 1,
  entry: join(root, "a.case"),
};
const recipe: BatchRecipe = {
  seed: 1,
  batch: 1,
  patch: [2, 2, 2],
  layout: targetLayout("shared", [one]),
  augmentation: augmentationSchema.parse({}),
  sampling: samplingSchema.parse({}),
};

beforeAll(async () => {
  const image = { ...grid, channels: 1, data: new Float32Array(64) };
  await writeEntry(one.entry, {
    image,
    target: new Uint8Array(64),
    placement: { original: grid, seen: { low: [0, 0, 0], high: grid.shape } },
    ceiling: { together: 1, organs: [] },
    organVoxels: [0],
  });
});

// Skipped where the project is not built: threads run compiled code.
test.skipIf(!built)("a batch that cannot be made rejects, with the reason as its cause", async () => {
  const broken = { ...recipe, patch: [-1, 2, 2] as const };
  const pool = new BatchPool({ cases: [one], recipe: broken, memory: 2 ** 20 }, 1, 1);
  try {
    await expect(pool.batch(7)).rejects.toMatchObject({
      message: "batch 7 could not be made",
      cause: { name: "RangeError" },
    });
    await expect(pool.batch(8)).rejects.toThrow("batch 8 could not be made");
  } finally {
    await pool.close();
  }
});

test.skipIf(!built)("a thread that cannot start rejects every batch", async () => {
  const pool = new BatchPool({ cases: [], recipe, memory: 2 ** 20 }, 2, 1);
  try {
    const failed = { message: expect.stringContaining("failed"), cause: { subject: "training cases" } };
    await expect(pool.batch(0)).rejects.toMatchObject(failed);
    await expect(pool.batch(1)).rejects.toMatchObject(failed);
  } finally {
    await pool.close();
  }
});

test.skipIf(!built)("a case that is no longer in the cache is the user's error, in threads too", async () => {
  const lost = { ...one, entry: join(root, "lost.case") };
  const pool = new BatchPool({ cases: [lost], recipe, memory: 2 ** 20 }, 1, 1);
  try {
    await expect(pool.batch(0)).rejects.toThrow(UserError);
    await expect(pool.batch(1)).rejects.toThrow(/lost\.case: found no prepared case/);
  } finally {
    await pool.close();
  }
});
