/** How images are prepared: the settings as data, their defaults, and the form that earlier versions wrote. */
import { z } from "zod";
import { type Modality, modalities } from "../volume/index.js";
import { type Normaliser, normaliserSchema } from "./normalisers/index.js";

const side = z.number().positive().max(100).nullable();

/** The rules by which an image gets its voxels, from the image alone. */
export const spacingPolicies = [
  z.strictObject({ policy: z.literal("native").describe("the image's own voxels") }),
  z.strictObject({
    policy: z.literal("fixed").describe("the same voxels for every image"),
    mm: z.tuple([side, side, side]).meta({
      description:
        "size of a voxel along the patient's axes, to the right, to the front, to the head; null: the image's own along this axis",
      unit: "mm",
    }),
  }),
  z.strictObject({
    policy: z.literal("fit").describe("isotropic voxels, as many as asked along the image's longest side"),
    voxels: z
      .int()
      .min(16)
      .max(512)
      .meta({ description: "voxels along the image's longest side", unit: "voxels" }),
  }),
  z.strictObject({
    policy: z
      .literal("budget")
      .describe(
        "the image's own voxels, made longer along its finest axes until there are no more than asked",
      ),
    voxels: z
      .int()
      .min(2048)
      .max(2 ** 27)
      .meta({ description: "most voxels that a prepared image has", unit: "voxels" }),
  }),
] as const;

/** CT has a scale of its own; nothing else has. */
const usual: Record<Modality, Normaliser> = {
  CT: [{ step: "clip", low: -1000, high: 2000 }, { step: "z-score" }],
  MR: [{ step: "clip-percentiles", low: 0.5, high: 99.5 }, { step: "z-score" }],
  PET: [{ step: "clip-percentiles", low: 0.5, high: 99.5 }, { step: "z-score" }],
  US: [{ step: "clip-percentiles", low: 0.5, high: 99.5 }, { step: "z-score" }],
  other: [{ step: "clip-percentiles", low: 0.5, high: 99.5 }, { step: "z-score" }],
};

const normaliserOf = (modality: Modality) =>
  normaliserSchema.default(usual[modality]).meta({
    description: `steps for the intensities of each channel whose modality is ${modality}, in this order`,
    change:
      modality === "CT"
        ? "to a window of the tissue in question, [-150, 250] for soft tissue for example"
        : "to wider percentiles where the brightest voxels matter",
  });

export const preparationSchema = z.strictObject({
  orientation: z.enum(["RAS", "LPS", "stored"]).optional().meta({
    description:
      "towards which sides of the patient the axes of the image run that the network sees; `stored`: as in the file; RAS where absent",
    change: "for networks of other software alone: nnU-Net takes images as they are stored",
  }),
  cropToForeground: z
    .union([z.boolean(), z.literal("non-zero")])
    .default(true)
    .meta({
      description:
        "whether images are cropped to the part that is not air; `non-zero`: to the voxels that are not exactly 0, as nnU-Net does",
      change: "to false where the background is no air, or the whole field of view counts",
    }),
  spacing: z.discriminatedUnion("policy", spacingPolicies).default({ policy: "fit", voxels: 64 }).meta({
    description:
      "the voxels that the network sees: `native` takes the image's own, `fixed` brings all images to the same size in mm, `fit` makes isotropic ones, as many as asked along the longest side, and so takes sizes in mm away, `budget` keeps the image's own as far as their number allows",
    change:
      "to `fixed` where the size of organs tells them apart and all images have true spacings; with more voxels where organs are small",
  }),
  antialiasing: z.boolean().optional().meta({
    description:
      "whether an image is smoothed before it is brought to coarser voxels, along each axis as much as such voxels would have smoothed it; false where absent; never with the interpolation `nnunet`, which is nnU-Net's to the letter",
    change: "to false for networks that were trained without it alone",
  }),
  interpolation: z.enum(["linear", "cubic", "nnunet"]).default("linear").meta({
    description:
      "how intensities between voxels are found where an image is brought to another spacing; `nnunet`: cubic within the range of the voxels, slice by slice where slices are thick, over exactly the image's field of view, as nnU-Net does",
    change: "to `cubic` for sharper images at three times the cost",
  }),
  intensitiesFirst: z.boolean().optional().meta({
    description:
      "whether the steps for intensities come before the spacing, as in nnU-Net, instead of after it",
    change: "for networks of other software alone",
  }),
  intensities: z
    .strictObject({
      CT: normaliserOf("CT"),
      MR: normaliserOf("MR"),
      PET: normaliserOf("PET"),
      US: normaliserOf("US"),
      other: normaliserOf("other"),
    } satisfies Record<Modality, unknown>)
    .prefault({})
    .describe("what is done to intensities, channel by channel, by the channel's modality"),
});

export type Preparation = z.output<typeof preparationSchema>;

/** For who still writes the fields of an earlier version: see `parseWith`. */
z.globalRegistry.add(preparationSchema, {
  replaced: {
    ctWindow: "intensities: { CT: [{ step: clip, low: -1000, high: 2000 }, { step: z-score }] }",
    percentiles:
      "intensities: { MR: [{ step: clip-percentiles, low: 0.5, high: 99.5 }, { step: z-score }] }, likewise for PET, US and other",
  },
});

const range = z.tuple([z.number(), z.number()]);

/** The fields that stood for `intensities` in bundles of version 1. */
const earlierSchema = z.looseObject({
  ctWindow: range,
  percentiles: range,
  intensities: z.undefined().optional(),
});

/** As bundles hold it, of this version or an earlier one. */
export const storedPreparationSchema = z.preprocess((stored) => {
  const earlier = earlierSchema.safeParse(stored);
  if (!earlier.success) return stored;
  const { ctWindow, percentiles, ...others } = earlier.data;
  const zScore = { step: "z-score" };
  const window = [{ step: "clip", low: ctWindow[0], high: ctWindow[1] }, zScore];
  const between = [{ step: "clip-percentiles", low: percentiles[0], high: percentiles[1] }, zScore];
  const intensities = modalities.map((modality) => [modality, modality === "CT" ? window : between]);
  return { ...others, intensities: Object.fromEntries(intensities) };
}, preparationSchema);
