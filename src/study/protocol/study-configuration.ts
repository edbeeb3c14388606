/** The configuration of a study: the one place that holds its defaults. */

import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/index.js";
import { type Flip, flipsAlong } from "../../inference/index.js";
import { alphaSchema, configurationSchema } from "../../run/configuration.js";
import { type LineOf, parseWith, readYaml } from "../../run/configuration-file.js";
import { modalitySchema, withAbsolutePaths } from "../../run/dataset-schema.js";
import { budgetSchema } from "../../run/planned-preparation.js";
import type { Settled } from "../../run/settled-configuration.js";
import { mirroredAxes } from "../../training/augmentation/index.js";
import { strategies } from "./study-result.js";

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
  budget: true,
  batch: true,
  loss: true,
  optimiser: true,
  schedule: true,
  sampling: true,
  augmentation: true,
});

export const studySchema = z.strictObject({
  ...shared.shape,
  budget: budgetSchema
    .omit({ minutes: true })
    .prefault({})
    .describe("what the plan may spend where it chooses spacing and patch"),
  strategies: z
    .array(z.enum(strategies))
    .min(1)
    .default([...strategies])
    .meta({ description: "the ways of training that are compared", change: "to fewer for a shorter study" }),
  seeds: z.array(z.int().min(0)).min(1).default([1, 2]).meta({
    description: "every combination of strategy, fold and seed is one or more networks",
    unit: "any will do",
    change: "to more where chance differences between networks are large",
  }),
  ensembleSeeds: z.array(z.int().min(0)).default([3]).meta({
    description: "further joint networks of the first fold, for ensembles alone",
    unit: "any will do",
    change: "to an empty list to leave larger ensembles out",
  }),
  split: z
    .strictObject({
      folds: z.int().min(2).max(20).default(4).meta({
        description: "parts of each dataset, one of which is held out in turn",
        unit: "parts",
        change: "up for more training images in each fold",
      }),
      run: z.array(z.int().min(0)).min(1).default([0]).meta({
        description: "the folds that are run",
        unit: "numbers from 0",
        change: "to all of them to test on every case",
      }),
      validation: z.number().min(0).max(0.5).default(0.15).meta({
        description: "how many of the other subjects choose checkpoints, temperatures and thresholds",
        unit: "share of subjects",
        change: "up where `alpha` asks for more images: at least 1 / alpha - 1",
      }),
      seed: z.int().default(1).meta({
        description: "starts the draw of the folds",
        unit: "any will do",
        change: "for other folds of the same data",
      }),
    })
    .prefault({})
    .describe(
      "which subjects are for training, validation and testing; images of one subject are never in two parts",
    ),
  updatesPerDataset: z.int().min(1).default(300).meta({
    description:
      "steps of training of a dedicated network; a joint one gets as many for each of its datasets",
    unit: "updates",
    change: "up until validation losses no longer fall",
  }),
  fineTuningUpdates: z.int().min(1).default(100).meta({
    description: "steps of training on one dataset after joint training",
    unit: "updates",
    change: "with updatesPerDataset",
  }),
  transferSource: name.optional().meta({
    description: "the dataset that transfer starts from; the one with the most training volumes where absent",
    change: "to compare with a certain source",
  }),
  leaveOuts: z.array(z.array(name).min(1)).default([]).meta({
    description:
      "groups of datasets: for each a joint network is trained without them, and their images are then foreign to it",
    change: "to measure detectors on real foreign images",
  }),
  foreign: z
    .array(
      z.strictObject({
        folder: z.string().meta({
          description: "a folder of images, with or without labels, relative to the configuration file",
        }),
        modality: modalitySchema.optional(),
      }),
    )
    .default([])
    .meta({
      description: "further images that no network of the study has seen: other organs, other modalities",
      change: "to measure detectors on images like those that must be refused",
    }),
  corruptions: z
    .strictObject({
      severities: z
        .array(z.union([z.literal(1), z.literal(2), z.literal(3)]))
        .default([1, 2, 3])
        .meta({
          description: "how strongly held-out images are corrupted",
          unit: "grades: 1 slight, 3 strong",
          change: "to fewer for a shorter study",
        }),
      volumesPerDataset: z.int().min(0).default(3).meta({
        description: "held-out volumes of each dataset that are corrupted",
        unit: "volumes",
        change: "to 0 to leave corruptions out",
      }),
    })
    .prefault({})
    .describe("held-out images made slightly foreign in graded ways"),
  uncertainty: z
    .strictObject({
      dropoutPasses: z.int().min(0).max(64).default(6).meta({
        description: "predictions with dropout for each image; needs `network.dropout` above 0",
        unit: "passes",
        change: "up for steadier estimates, to 0 to leave them out",
      }),
      flips: z.int().min(0).max(7).optional().meta({
        description:
          "mirrored copies of each image that are predicted too: at most as many as the axes allow along which training mirrors; 3, or as many as they allow, where absent",
        unit: "copies besides the image itself",
        change: "to 0 to leave them out",
      }),
      mapsPerDataset: z.int().min(0).default(1).meta({
        description: "held-out volumes of each dataset whose maps of entropy and mutual information are kept",
        unit: "volumes",
        change: "up to look at more of them",
      }),
    })
    .prefault({})
    .describe("how uncertainty is estimated besides the network's own probabilities"),
  alpha: alphaSchema,
  validationsPerTraining: z.int().min(1).default(5).meta({
    description: "how often a network is measured on its validation images, evenly through its training",
    unit: "validations",
    change: "up for a finer choice of the checkpoint",
  }),
  earlyStopping: z.int().min(0).default(0).meta({
    description:
      "validations in a row without a better loss after which a training ends, whatever its strategy; 0: never",
    unit: "validations; fewer than validationsPerTraining",
    change: "up from 0, with more validations and updates, to train every network until it no longer gains",
  }),
});

/** What was asked for. */
export type StudyConfiguration = z.output<typeof studySchema>;

/** What is done: nothing is left to choose from the data. */
export type SettledStudy = Settled<StudyConfiguration>;

const USUAL_FLIPS = 3;

/** The flips of test-time augmentation. Along axes that training never mirrored a network answers for nothing. */
export const flipsOf = ({
  augmentation,
  uncertainty,
}: Pick<StudyConfiguration, "augmentation" | "uncertainty">): Flip[] =>
  flipsAlong(mirroredAxes(augmentation)).slice(0, uncertainty.flips ?? USUAL_FLIPS);

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
  refuseUnknownFlips(study, subject);
  refuseIdlePatience(study, subject);
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

/** A training is not looked at often enough for its patience to run out. */
function refuseIdlePatience(
  { earlyStopping, validationsPerTraining }: StudyConfiguration,
  subject: string,
): void {
  if (earlyStopping < validationsPerTraining) return;
  throw new UserError({
    subject: `${subject}, earlyStopping`,
    found: `${earlyStopping}`,
    expected: `fewer than the ${validationsPerTraining} validations of a training`,
    advice: "Raise validationsPerTraining, or set earlyStopping to 0 to train every network to its end.",
  });
}

function refuseUnknownFlips(study: StudyConfiguration, subject: string): void {
  const { flips = 0 } = study.uncertainty;
  const axes = mirroredAxes(study.augmentation);
  const possible = flipsAlong(axes).length;
  if (flips <= possible) return;
  throw new UserError({
    subject: `${subject}, uncertainty.flips`,
    found: `${flips}`,
    expected:
      possible === 0
        ? "0, as training mirrors along no axis"
        : `at most ${possible}, as training mirrors along ${axes.join(", ")} alone`,
    advice: "Leave the field out, or name more axes in augmentation.flip.axes where organs allow it.",
  });
}
