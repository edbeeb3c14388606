/** What a bundle's JSON parts say. Every field is checked when a bundle is opened. */

import { z } from "zod";
import { alternativesSchema } from "../calibration/index.js";
import { activations, blendings, paddings, weightShapes, windowPlacements } from "../inference/index.js";
import { channelsOf, labelModes } from "../labels/index.js";
import { fieldOfViewSchema } from "../preparation/index.js";
import { anatomicalAxes, modalities } from "../volume/index.js";

const name = z.string().min(1).max(200);
const text = z.string().max(20_000);
const modality = z.enum(modalities);

/** labels.json: what goes into the network and what comes out. */
export const labelsSchema = z
  .strictObject({
    /** See `labelMap`; `shared`: one channel whatever the organ, and `organs` are those it was trained on. */
    labelMode: z.enum(labelModes),
    organs: z.array(name).min(1).max(254),
    /** Channels of the model's logits. */
    outputChannels: z.int().min(1).max(255),
    activation: z.enum(Object.keys(activations) as [keyof typeof activations]).default("sigmoid"),
    /** Channels of the image, in order. */
    inputChannels: z.array(name).min(1).max(64),
    /** What the network was trained on: for each kind of dataset one word for all channels, or one for each. */
    modalities: z.array(z.union([modality, z.array(modality).min(1).max(64)])).min(1),
    /** How large its images were, for each dataset; absent in bundles written before it was kept. */
    fieldOfView: z.array(fieldOfViewSchema).max(1000).optional(),
  })
  .refine(
    ({ labelMode, organs, outputChannels }) => outputChannels === channelsOf(labelMode, organs.length),
    {
      path: ["outputChannels"],
      message: "does not suit the label mode and the number of organs",
    },
  )
  .refine(
    (labels) =>
      labels.modalities.every((one) => typeof one === "string" || one.length === labels.inputChannels.length),
    { path: ["modalities"], message: "a list with another number of entries than there are channels" },
  );

const window = z.int().min(1).max(4096);

/** inference.json: how images are cut into windows; signatures and calibration hold for this alone. */
export const windowPlanSchema = z.strictObject({
  window: z.tuple([window, window, window]),
  overlap: z.number().min(0).lt(1),
  /** Bundles of earlier versions give one number for all axes. */
  multipleOf: z.union([
    z.tuple([window, window, window]),
    window.transform((size): [number, number, number] => [size, size, size]),
  ]),
  fixedSize: z.boolean().default(false),
  padding: z.enum(paddings).default("reflect"),
  placement: z.enum(windowPlacements).optional(),
  blending: z.enum(blendings).optional(),
  weights: z.enum(weightShapes).optional(),
  /** Along which training showed mirrored images: a mirrored copy along another axis would be foreign. Version 1 does not say. */
  mirroredAxes: z.array(z.enum(anatomicalAxes)).max(3).optional(),
});

/** calibration.json: probability = activation(logit / temperature). */
export const calibrationSchema = z.strictObject({
  temperature: z.number().positive().max(1000),
  /** Images that the temperature was fitted on; 0 where it was not fitted. */
  images: z.int().min(0),
  /** Mean negative log-likelihood per voxel on them. */
  nllBefore: z.number().optional(),
  nllAfter: z.number().optional(),
  /** The temperature is a bound of its search, because nothing within was best; see `TemperatureFit`. */
  atBound: z.enum(["lowest", "highest"]).optional(),
  /** Which temperature the pipeline scales by: that of all images together, or the one that depends on the signature. */
  applied: z.enum(["pooled", "signature"]).optional(),
  /** Temperatures besides `temperature`, the pooled one. */
  alternatives: alternativesSchema.optional(),
});

/** card.json: for whom and what the network is, from which data, and how good. */
export const cardSchema = z.strictObject({
  name: z.string().min(1).max(200),
  version: name,
  summary: text,
  intendedUse: text,
  /** What it must not be used for, and where it is known to fail. */
  limitations: text,
  /** Of the network's weights. */
  licence: name,
  data: z
    .array(
      z.strictObject({
        dataset: name,
        organ: name,
        modality: name,
        images: z.int().min(0),
        subjects: z.int().min(0).optional(),
        licence: name,
        /** Address or citation. */
        source: text.optional(),
      }),
    )
    .max(1000),
  metrics: z
    .array(
      z.strictObject({
        dataset: name,
        /** For example Dice, HD95 (mm), ECE. */
        metric: name,
        /** Mean over the images; null where it is not defined for any of them. */
        value: z.number().nullable(),
        images: z.int().min(0),
        /** Bounds of a confidence interval. */
        low: z.number().optional(),
        high: z.number().optional(),
      }),
    )
    .max(10_000),
  training: z.array(
    z.strictObject({ name, value: z.union([z.string().max(2000), z.number(), z.boolean()]) }),
  ),
});

export type Labels = z.infer<typeof labelsSchema>;
export type BundleWindowPlan = z.infer<typeof windowPlanSchema>;
export type Calibration = z.infer<typeof calibrationSchema>;
export type Card = z.infer<typeof cardSchema>;
