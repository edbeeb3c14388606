/** The run whose numbers are on record, on any engine. It has settings of its own: no other test may move them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { WorkHooks } from "../../src/base/index.js";
import { openNetworks, predictImage } from "../../src/bundle/index.js";
import { makePhantomDatasets, readVolumeFile } from "../../src/dataset/index.js";
import type { Engine } from "../../src/graph/index.js";
import { readBundleFolder } from "../../src/run/bundle-folder.js";
import { parseConfiguration } from "../../src/run/configuration.js";
import { prepareRun, runFiles } from "../../src/run/prepare-run.js";
import { trainRun } from "../../src/run/train-run.js";
import { loadCheckpoint } from "../../src/training/checkpoint.js";
import { lastCheckpoint } from "../../src/training/loop.js";
import type { Modality } from "../../src/volume/index.js";

/** What is known of one image afterwards. */
export interface GoldenImage {
  readonly name: string;
  /** Of the voxels that were read. */
  readonly voxelsHash: string;
  readonly voxelMean: number;
  readonly confidenceHash: string;
  readonly confidenceMean: number;
  /** One label a voxel. */
  readonly mask: Uint8Array;
  readonly foreign: boolean;
  readonly pValue: number;
  /** Of the guard's measure, in standard deviations of the calibration images, by part. */
  readonly standardised: Readonly<Record<string, number>>;
}

export interface GoldenRun {
  /** All parameters after the last update, one after the other. */
  readonly weights: Float32Array;
  /** Over all datasets, of the best validation. */
  readonly bestLoss: number;
  readonly images: readonly GoldenImage[];
}

const silent: WorkHooks = { stage: () => {}, progress: () => {} };

const images: readonly (readonly [name: string, modality: Modality])[] = [
  ["phantom_liver_ct/imagesTr/case_01", "CT"],
  ["phantom_liver_ct/imagesTr/case_05", "CT"],
  ["phantom_kidneys_mr_t2/imagesTr/case_03", "MR"],
  ["foreign_breast_us/images/case_01", "MR"],
];

/** @param folder an empty one; data and run go there */
export async function goldenRun(folder: string, engine: Engine): Promise<GoldenRun> {
  await makePhantomDatasets(join(folder, "data"), {
    seed: 18,
    casesPerDataset: 8,
    foreignCasesPerKind: 1,
    shape: [24, 24, 20],
  });
  const output = join(folder, "run");
  const run = await prepareRun(parseConfiguration(settings(folder, output), "golden"), silent);
  await trainRun(run, engine, silent);
  const { vectors, memory } = await loadCheckpoint(lastCheckpoint(output), run.network.layout);
  const opened = await openNetworks(engine, await readBundleFolder(join(output, runFiles.bundle)), {
    threads: 1,
  });
  try {
    const seen: GoldenImage[] = [];
    for (const [name, modality] of images) {
      const volume = await readVolumeFile(join(folder, "data", `${name}.nii.gz`));
      const { verdict, labels, confidence } = await predictImage(opened, {
        volume,
        modalities: [modality],
        name,
      });
      seen.push({
        name,
        voxelsHash: hashOf(volume.data),
        voxelMean: meanOf(volume.data),
        confidenceHash: hashOf(confidence.data),
        confidenceMean: meanOf(confidence.data),
        mask: labels.data,
        foreign: verdict.foreign,
        pValue: verdict.pValue,
        standardised: Object.fromEntries(
          Object.entries(verdict.parts).map(([part, { standardised }]) => [part, standardised]),
        ),
      });
    }
    return { weights: vectors.parameters as Float32Array, bestLoss: memory.bestLoss!, images: seen };
  } finally {
    await opened.session.release();
  }
}

const settings = (folder: string, output: string): object => ({
  name: "golden",
  output,
  seed: 18,
  datasets: [
    { folder: join(folder, "data", "phantom_liver_ct"), organs: { liver: [1] } },
    { folder: join(folder, "data", "phantom_kidneys_mr_t2"), organs: { kidneys: [1] } },
  ],
  preparation: { spacing: { policy: "fit", voxels: 24 } },
  network: { channels: 4, levels: 2 },
  patch: [16, 16, 16],
  batch: 2,
  optimiser: { learningRate: 0.003 },
  updates: 40,
  validateEvery: 20,
  // Sums in the order of one thread.
  threads: 1,
  workers: 0,
  split: { test: 0.15, validation: 0.35 },
  guard: { alpha: 0.2 },
});

/** SHA-256 of the bytes of an array. */
export const hashOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");

const meanOf = (data: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += data[at]!;
  return sum / data.length;
};
