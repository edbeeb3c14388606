/** The configuration of a training run: the one place that holds its defaults. */

import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../base/index.js";
import { trainedLabelModes } from "../labels/index.js";
import {
  geometryProblems,
  networkStride,
  type SegmentationArchitectureName,
  segmentationArchitectures,
} from "../network/index.js";
import { preparationSchema } from "../preparation/index.js";
import { augmentationSchema } from "../training/augmentation/index.js";
import { type LossName, losses } from "../training/losses/index.js";
import { type OptimiserName, optimisers } from "../training/optimisers/index.js";
import { samplingSchema } from "../training/sampling/index.js";
import { scheduleSchema } from "../training/schedules/index.js";
import { type LineOf, parseWith, readYaml } from "./configuration-file.js";
import { datasetSchema, withAbsolutePaths } from "./dataset-schema.js";
import { MAXIMUM_THREADS } from "./engines/threads.js";

const namesOf = <Name extends string>(registry: Record<Name, unknown>): [Name, ...Name[]] =>
  Object.keys(registry) as [Name, ...Name[]];

const stride = z.union([z.literal(1), z.literal(2)]);
const kernel = z.union([z.literal(1), z.literal(3)]);

export const configurationSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  output: z.string().describe("folder of the run, relative to the configuration file"),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
  datasets: z.array(datasetSchema).min(1),
  labelMode: z.enum(trainedLabelModes).default("shared"),
  split: z
    .strictObject({
      test: z.number().min(0).max(0.9).default(0.25),
      validation: z.number().min(0).max(0.9).default(0.15),
      seed: z.int().default(1),
      folds: z.int().min(2).optional(),
      fold: z.int().min(0).optional(),
    })
    .prefault({}),
  preparation: preparationSchema.prefault({}),
  network: z
    .strictObject({
      architecture: z.enum(namesOf<SegmentationArchitectureName>(segmentationArchitectures)).default("unet"),
      channels: z.int().min(1).max(128).default(16),
      levels: z.int().min(2).max(7).default(4),
      strides: z
        .array(z.tuple([stride, stride, stride]))
        .optional()
        .describe(
          "for each step to the next level (levels - 1 in all), voxels of the finer level for one of the coarser along i, j, k, 1 or 2; 2 everywhere where absent. Start with [2, 2, 1] where slices along k are thick",
        ),
      kernels: z
        .array(z.tuple([kernel, kernel, kernel]))
        .optional()
        .describe(
          "for each level, the size of its convolutions along i, j, k, 1 or 3; 3 everywhere where absent",
        ),
      maximumChannels: z.int().min(1).max(1024).default(320),
      dropout: z.number().min(0).max(0.9).default(0),
    })
    .prefault({}),
  patch: z
    .tuple([z.int().min(4), z.int().min(4), z.int().min(4)])
    .default([48, 48, 48])
    .describe("voxels along i, j, k"),
  batch: z.int().min(1).max(64).default(2),
  loss: z
    .strictObject({
      kind: z.enum(namesOf<LossName>(losses)).default("dice+cross-entropy"),
      foregroundWeight: z.number().positive().optional(),
      gamma: z.number().min(0).optional(),
      diceWeight: z.number().min(0).optional(),
      crossEntropyWeight: z.number().min(0).optional(),
    })
    .prefault({}),
  optimiser: z
    .strictObject({
      kind: z.enum(namesOf<OptimiserName>(optimisers)).default("adam"),
      learningRate: z.number().positive().default(1e-3),
      weightDecay: z.number().min(0).default(0),
      momentum: z.number().min(0).lt(1).optional(),
      beta1: z.number().min(0).lt(1).optional(),
      beta2: z.number().min(0).lt(1).optional(),
      clipNorm: z.number().min(0).default(12),
    })
    .prefault({}),
  schedule: scheduleSchema.default({ kind: "polynomial", power: 0.9 }),
  updates: z.int().min(1).default(2000),
  validateEvery: z.int().min(1).default(100),
  /** Validations in a row without a better loss after which training ends; 0: never. */
  earlyStopping: z.int().min(0).default(0),
  sampling: samplingSchema.prefault({}),
  augmentation: augmentationSchema.prefault({}),
  /** Threads that make batches; 0: none besides the main one. */
  workers: z.int().min(0).max(64).default(1),
  /** Threads of the engine; all cores where absent. */
  threads: z.int().min(1).max(MAXIMUM_THREADS).optional(),
  guard: z
    .strictObject({
      layers: z.array(z.string()).min(1).optional().describe("all layers where absent"),
      form: z.enum(["paper", "per-voxel"]).default("per-voxel"),
      alpha: z.number().positive().lt(1).default(0.1),
    })
    .prefault({}),
  card: z
    .strictObject({
      intendedUse: z.string().default("Research. Not a medical device."),
      licence: z.string().default("Follows the licences of the training data."),
    })
    .prefault({}),
});

export type Configuration = z.output<typeof configurationSchema>;

/**
 * Reads and checks a YAML configuration; folders in it become absolute.
 *
 * @throws UserError that lists every wrong field with what was found and what was expected
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  const { data, lineOf } = await readYaml(path);
  const configuration = parseConfiguration(data, path, lineOf);
  const from = (folder: string): string => resolve(dirname(path), folder);
  return {
    ...configuration,
    output: from(configuration.output),
    datasets: configuration.datasets.map((dataset) => withAbsolutePaths(dataset, from)),
  };
}

/** Checks a configuration given as plain data; `subject` names it in errors, `lineOf` says where its fields stand. */
export function parseConfiguration(data: unknown, subject: string, lineOf?: LineOf): Configuration {
  const configuration = parseWith(configurationSchema, data, subject, lineOf);
  const problems = contradictions(configuration);
  if (problems.length === 0) return configuration;
  throw new UserError({
    subject,
    found: problems.join("; "),
    expected: "fields that fit each other",
    advice: "docs/configuration.md describes every field.",
  });
}

/** What is wrong between fields that are right by themselves. */
function contradictions({ patch, network, split }: Configuration): string[] {
  const problems = geometryProblems(network).map((problem) => `network.${problem}`);
  const multiples = networkStride(network);
  if (problems.length === 0 && patch.some((size, axis) => size % (multiples[axis] as number) !== 0)) {
    problems.push(
      `patch: ${patch.join(" x ")} for network.levels ${network.levels}, where sizes must be multiples of ${multiples.join(" x ")}`,
    );
  }
  if (split.fold !== undefined && split.fold >= (split.folds ?? 0)) {
    problems.push(
      `split.fold: ${split.fold} with split.folds ${split.folds ?? "absent"}, where folds count from 0`,
    );
  }
  return problems;
}
