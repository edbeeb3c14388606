import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { targetLayout } from "../labels/targets.js";
import { affineFromSpacing } from "../volume/index.js";
import { augmentationSchema } from "./augmentation/index.js";
import type { IndexedCase, TrainingRecipe } from "./batch-maker.js";
import { BatchPool } from "./batch-pool.js";
import { samplingSchema } from "./sampling/index.js";

const built = existsSync(new URL("../../dist/training/batch-worker.js", import.meta.url));

const one: IndexedCase = {
  id: "a",
  dataset: "d",
  image: { shape: [4, 4, 4], affine: affineFromSpacing([1, 1, 1]), channels: 1, data: new Float32Array(64) },
  target: new Uint8Array(64),
  organs: ["x"],
  foreground: [],
};
const recipe: TrainingRecipe = {
  kind: "training",
  seed: 1,
  batch: 1,
  patch: [2, 2, 2],
  layout: targetLayout("shared", [one]),
  augmentation: augmentationSchema.parse({}),
  sampling: samplingSchema.parse({}),
};

// Skipped where the project is not built: threads run compiled code.
test.skipIf(!built)("a batch that cannot be made rejects, with the reason as its cause", async () => {
  const broken = { ...recipe, patch: [-1, 2, 2] as const };
  const pool = new BatchPool({ cases: [one], recipe: broken }, 1, 1, 100);
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
  const pool = new BatchPool({ cases: [], recipe }, 2, 1, 100);
  try {
    const failed = { message: expect.stringContaining("failed"), cause: { subject: "training cases" } };
    await expect(pool.batch(0)).rejects.toMatchObject(failed);
    await expect(pool.batch(1)).rejects.toMatchObject(failed);
  } finally {
    await pool.close();
  }
});
