/** The configuration of a training run: the one place that holds its defaults. */

import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../base/index.js";
import { trainedLabelModes } from "../labels/index.js";
import {
  geometryProblems,
  type NormName,
  networkStride,
  norms,
  type SegmentationArchitectureName,
  segmentationArchitectures,
} from "../network/index.js";
import { augmentationSchema } from "../training/augmentation/index.js";
import { lossSchema } from "../training/losses/index.js";
import { optimiserSchema } from "../training/optimisers/index.js";
import { samplingSchema } from "../training/sampling/index.js";
import { scheduleSchema } from "../training/schedules/index.js";
import { type LineOf, parseWith, readYaml } from "./configuration-file.js";
import { datasetSchema, withAbsolutePaths } from "./dataset-schema.js";
import { MAXIMUM_THREADS } from "./engines/threads.js";
import { budgetSchema, plannedPreparationSchema } from "./planned-preparation.js";

const namesOf = <Name extends string>(registry: Record<Name, unknown>): [Name, ...Name[]] =>
  Object.keys(registry) as [Name, ...Name[]];

const stride = z.union([z.literal(1), z.literal(2)]);
const kernel = z.union([z.literal(1), z.literal(3)]);

/** The one default of a promise, for runs and studies. */
export const alphaSchema = z.number().positive().lt(1).default(0.1).meta({
  description:
    "the promised rate of false alarms: images like the training images that are called foreign all the same",
  unit: "share of images",
  change: "down for fewer false alarms; it needs at least 1 / alpha - 1 calibration images",
});

export const configurationSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .meta({
      description:
        "what reports and the bundle's card call the run: letters, digits, dots, dashes and underscores",
    }),
  output: z.string().meta({ description: "folder of the run, relative to the configuration file" }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1)
    .meta({
      description:
        "starts every random choice but the split; the same seed on the same machine gives the same weights",
      unit: "any will do",
      change: "for another network of the same kind, as the members of an ensemble are",
    }),
  datasets: z
    .array(datasetSchema)
    .min(1)
    .meta({ description: "the labelled datasets that one network learns together" }),
  labelMode: z.enum(trainedLabelModes).default("shared").meta({
    description:
      "what the network's channels stand for: `shared` has one, for the organ of whatever dataset an image is from; `union` has one for each organ, and a dataset has no say in the channels of organs that it does not annotate",
    change: "to `union` where one image shows several organs that must be told apart",
  }),
  split: z
    .strictObject({
      test: z.number().min(0).max(0.9).default(0.25).meta({
        description: "how many of each dataset's subjects are held out for the evaluation",
        unit: "share of subjects",
        change: "to 0 for a network that is evaluated on other data",
      }),
      validation: z.number().min(0).max(0.9).default(0.15).meta({
        description:
          "how many of each dataset's subjects choose the checkpoint, the temperature and the guard's threshold",
        unit: "share of subjects",
        change: "up where `guard.alpha` asks for more images: at least 1 / alpha - 1 in all",
      }),
      seed: z.int().default(1).meta({
        description: "starts the draw of the split",
        unit: "any will do",
        change: "for another split of the same data",
      }),
      folds: z.int().min(2).optional().meta({
        description: "number of parts for cross-validation, instead of `split.test`",
        unit: "parts",
        change: "to test on every case, by one run for each `split.fold`",
      }),
      fold: z.int().min(0).optional().meta({
        description: "the part that is held out, where `split.folds` is given",
        unit: "a number from 0",
        change: "from run to run of a cross-validation",
      }),
    })
    .prefault({})
    .describe(
      "which subjects are for training, validation and testing; images of one subject are never in two parts",
    ),
  preparation: plannedPreparationSchema
    .prefault({})
    .describe("how images are brought into the form that the network sees"),
  network: z
    .strictObject({
      architecture: z
        .enum(namesOf<SegmentationArchitectureName>(segmentationArchitectures))
        .default("residual-unet")
        .meta({
          description: "the kind of network: a U-Net with plain or with residual blocks",
          change: "to `unet` to compare with plain networks; it takes as long and learns more slowly",
        }),
      channels: z.int().min(1).max(128).default(16).meta({
        description: "feature maps at the finest level; each coarser level has twice as many",
        unit: "channels",
        change: "up where there is time: twice as many take four times as long",
      }),
      levels: z.int().min(2).max(7).default(4).meta({
        description: "resolutions from the finest to the coarsest",
        unit: "levels",
        change:
          "with the patch: large ones can be halved more often; where patch and strides are planned, it is the most there may be",
      }),
      strides: z
        .array(z.tuple([stride, stride, stride]))
        .optional()
        .meta({
          description:
            "for each step to the next level (levels - 1 in all), how many voxels of the finer level make one of the coarser along i, j, k; where absent planned with the patch, and 2 everywhere where the patch is given",
          unit: "voxels",
          change: "to begin with [2, 2, 1] where slices along k are thick",
        }),
      kernels: z
        .array(z.tuple([kernel, kernel, kernel]))
        .optional()
        .meta({
          description:
            "for each level, the size of its convolutions along i, j, k; where absent planned with the patch, and 3 everywhere where the patch is given",
          unit: "voxels",
          change: "to begin with [3, 3, 1] where slices along k are thick",
        }),
      maximumChannels: z.int().min(1).max(1024).default(320).meta({
        description: "most feature maps at any level",
        unit: "channels",
        change: "down to save memory at the coarse levels",
      }),
      deepSupervision: z.int().min(0).max(5).default(0).meta({
        description:
          "how many coarser levels on the way up segment by themselves while the network trains, as in nnU-Net; the finest alone is used afterwards",
        unit: "levels",
        change: "up where training is slow to begin; small organs gain least",
      }),
      norm: z.enum(namesOf<NormName>(norms)).default("instance").meta({
        description:
          "what stands between convolutions and rectifiers: `instance` normalises every channel by itself, `group` channels together, `restored` lets a gate that sees the image alone give back what instance norm takes away",
        change: "to compare norms; `group` and `restored` take longer",
      }),
      dropout: z.number().min(0).max(0.9).default(0).meta({
        description:
          "how often a channel is dropped after the coarsest level and after each level on the way up",
        unit: "probability",
        change: "up to 0.1 or 0.2 for estimates of uncertainty by dropout",
      }),
    })
    .prefault({})
    .describe("the network that is trained"),
  patch: z
    .tuple([z.int().min(4), z.int().min(4), z.int().min(4)])
    .optional()
    .meta({
      description:
        "size of the pieces of prepared images that the network learns from and predicts in, along i, j, k, a multiple of the network's stride; where absent it is planned: as long along each axis in mm as `budget.patchVoxels` allows, nowhere longer than the images usually are",
      unit: "voxels",
      change: "to compare with other networks",
    }),
  budget: budgetSchema.prefault({}).describe("what the plan may spend where it chooses spacing and patch"),
  batch: z.int().min(1).max(64).default(2).meta({
    description: "patches in an update, drawn from different datasets",
    unit: "patches",
    change: "up for steadier updates, at the price of time and memory",
  }),
  loss: lossSchema.prefault({}).meta({
    description: "what training makes small",
    change: "to another `kind` to compare losses, or for organs that are missed",
  }),
  optimiser: optimiserSchema.prefault({}).meta({
    description: "how weights follow their gradients",
    change: "to `sgd` for long trainings, to `adamw` with a weight decay",
  }),
  schedule: scheduleSchema.default({ kind: "polynomial", power: 0.9, warmUp: 0 }).meta({
    description:
      "how the learning rate falls during training: `plateau` when the validation loss stops falling, `polynomial` and `cosine` with every update, `constant` not at all",
    change: "to `plateau` where the right number of updates is unknown",
  }),
  updates: z.int().min(1).default(2000).meta({
    description: "steps of training",
    unit: "updates",
    change: "up until the validation loss no longer falls",
  }),
  validateEvery: z.int().min(1).default(100).meta({
    description: "how often the network is measured on the validation images and a checkpoint is written",
    unit: "updates",
    change: "up where validation takes long beside the updates",
  }),
  earlyStopping: z.int().min(0).default(0).meta({
    description: "validations in a row without a better loss after which training ends; 0: never",
    unit: "validations",
    change: "up from 0 to save time with many updates",
  }),
  sampling: samplingSchema.prefault({}).describe("which patches are drawn"),
  augmentation: augmentationSchema
    .prefault({})
    .describe("how patches are varied, so that the network learns what does not matter"),
  workers: z.int().min(0).max(64).default(1).meta({
    description: "threads that make batches ahead of time; 0: batches are made between updates",
    unit: "threads",
    change: "up where the engine waits for batches; results stay the same",
  }),
  threads: z.int().min(1).max(MAXIMUM_THREADS).optional().meta({
    description: "threads of the engine; all cores where absent",
    unit: "threads",
    change: "down where other work shares the machine",
  }),
  calibration: z
    .strictObject({
      temperature: z.enum(["pooled", "signature"]).default("pooled").meta({
        description:
          "by which temperature the bundle scales its probabilities: `pooled`, one for all images, or `signature`, one that depends on the image's spectral signature and is the pooled one where the held-out images support no other",
        change:
          "to `signature` where `evaluate` shows that its calibration error is lower; masks are then made with all of an image's probabilities in memory",
      }),
    })
    .prefault({})
    .describe("how probabilities are made honest after the training"),
  guard: z
    .strictObject({
      layers: z.array(z.string()).min(1).optional().meta({
        description: "the layers of the network that the guard looks at; all where absent",
        change: "to the layers that a study found best",
      }),
      form: z.enum(["paper", "per-voxel"]).default("per-voxel").meta({
        description:
          "how singular values become a signature: as in the paper, or divided by the square root of the number of voxels, so that the image's size does not matter",
        change: "to `paper` to compare with published figures",
      }),
      alpha: alphaSchema,
      confidence: z.number().gt(0).lt(1).optional().meta({
        description:
          "the probability that the false alarms of this one guard stay at or below `guard.alpha`; where absent the promise is about the average over draws of calibration images",
        unit: "probability",
        change: "to 0.95 where one guard must keep its promise by itself; it needs more calibration images",
      }),
    })
    .prefault({})
    .describe("the guard that recognises foreign images"),
  card: z
    .strictObject({
      intendedUse: z
        .string()
        .default("Research. Not a medical device.")
        .meta({ description: "what the bundle may be used for", change: "to say whom and what it is for" }),
      licence: z.string().default("Follows the licences of the training data.").meta({
        description: "the licence of the weights",
        change: "to the licence under which you pass the bundle on",
      }),
    })
    .prefault({})
    .describe("what the bundle's model card says"),
});

/** What was asked for. */
export type Configuration = z.output<typeof configurationSchema>;

/**
 * Reads and checks a YAML configuration; folders in it become absolute.
 *
 * @param data the folder that its datasets are relative to; default: the configuration's own
 * @throws UserError that lists every wrong field with what was found and what was expected
 */
export async function readConfiguration(path: string, data = dirname(path)): Promise<Configuration> {
  const file = await readYaml(path);
  const configuration = parseConfiguration(file.data, path, file.lineOf);
  return {
    ...configuration,
    output: resolve(dirname(path), configuration.output),
    datasets: configuration.datasets.map((dataset) =>
      withAbsolutePaths(dataset, (folder) => resolve(data, folder)),
    ),
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
  if (problems.length === 0 && patch?.some((size, axis) => size % (multiples[axis] as number) !== 0)) {
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
