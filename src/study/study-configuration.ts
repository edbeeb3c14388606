/** The configuration of a study: the one place that holds its defaults. */

import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../base/index.js";
import { configurationSchema } from "../run/configuration.js";
import { type LineOf, parseWith, readYaml } from "../run/configuration-file.js";
import { modalitySchema, withAbsolutePaths } from "../run/dataset-schema.js";
import { strategies } from "./result/study-result.js";

const name = z.string().regex(/^[\w.-]+$/);

/** The fields of a training configuration that mean the same in a study. */
const shared = configurationSchema.pick({
  name: true,
  output: true,
  datasets: true,
  labelMode: true,
  preparation: true,
  network: true,
  patch: true,
  batch: true,
  loss: true,
  optimiser: true,
  schedule: true,
  sampling: true,
  augmentation: true,
});

export const studySchema = z.strictObject({
  ...shared.shape,
  strategies: z
    .array(z.enum(strategies))
    .min(1)
    .default([...strategies]),
  /** Every combination of strategy, fold and seed is one or more networks. */
  seeds: z.array(z.int().min(0)).min(1).default([1, 2]),
  /** Further joint networks of the first fold, for ensembles alone. */
  ensembleSeeds: z.array(z.int().min(0)).default([3]),
  split: z
    .strictObject({
      folds: z.int().min(2).max(20).default(4),
      /** The folds that are run, from 0. */
      run: z.array(z.int().min(0)).min(1).default([0]),
      validation: z.number().min(0).max(0.5).default(0.15),
      seed: z.int().default(1),
    })
    .prefault({}),
  /** Updates of a dedicated network; a joint one gets as many for each of its datasets. */
  updatesPerDataset: z.int().min(1).default(300),
  /** Updates towards one dataset after joint training. */
  fineTuningUpdates: z.int().min(1).default(100),
  /** Dataset that transfer starts from; default: the one with the most training volumes. */
  transferSource: name.optional(),
  /** For each group a joint network is trained without these datasets, whose images are then far. */
  leaveOuts: z.array(z.array(name).min(1)).default([]),
  /** Folders of further far images: never-seen organs and modalities. */
  foreign: z.array(z.strictObject({ folder: z.string(), modality: modalitySchema.optional() })).default([]),
  corruptions: z
    .strictObject({
      severities: z.array(z.union([z.literal(1), z.literal(2), z.literal(3)])).default([1, 2, 3]),
      /** Held-out volumes of each dataset that are corrupted. */
      volumesPerDataset: z.int().min(0).default(3),
    })
    .prefault({}),
  uncertainty: z
    .strictObject({
      /** Passes with dropout. */
      dropoutPasses: z.int().min(0).max(64).default(6),
      /** Flipped copies, besides the image itself, for test-time augmentation (0 to 7). */
      flips: z.int().min(0).max(7).default(3),
      /** Held-out volumes of each dataset whose maps of entropy and mutual information are kept. */
      mapsPerDataset: z.int().min(0).default(1),
    })
    .prefault({}),
  /** Promised false-alarm rate. */
  alpha: z.number().positive().lt(1).default(0.1),
  validationsPerTraining: z.int().min(1).default(5),
});

export type StudyConfiguration = z.output<typeof studySchema>;

/** Reads and checks a study's YAML file; folders in it become absolute. @throws UserError listing every wrong field */
export async function readStudy(path: string): Promise<StudyConfiguration> {
  const { data, lineOf } = await readYaml(path);
  const study = parseStudy(data, path, lineOf);
  const from = (folder: string): string => resolve(dirname(path), folder);
  return {
    ...study,
    output: from(study.output),
    datasets: study.datasets.map((dataset) => withAbsolutePaths(dataset, from)),
    foreign: study.foreign.map((source) => ({ ...source, folder: from(source.folder) })),
  };
}

/** Checks a study given as plain data; `subject` names it in errors, `lineOf` says where its fields stand. */
export function parseStudy(data: unknown, subject: string, lineOf?: LineOf): StudyConfiguration {
  const study = parseWith(studySchema, data, subject, lineOf);
  const late = study.split.run.find((fold) => fold >= study.split.folds);
  if (late !== undefined) {
    throw new UserError({
      subject: `${subject}, split.run`,
      found: `fold ${late}`,
      expected: `folds from 0 to ${study.split.folds - 1}`,
      advice: "Folds are counted from 0.",
    });
  }
  return study;
}
