/** The resolution of a run as its plan holds it: what was chosen from the training images, and what it costs. */
import { z } from "zod";
import { spacingPolicies } from "../preparation/index.js";
import type { AskedFields, Settled } from "./settled-configuration.js";

const name = z.string().min(1).max(500);
const millimetres = z.number().positive();
const voxels = z.number().positive();
const dice = z.number().min(0).max(1);
const stride = z.union([z.literal(1), z.literal(2)]);
const kernel = z.union([z.literal(1), z.literal(3)]);
const along = <Of extends z.ZodType>(of: Of) => z.tuple([of, of, of]);

/** Of a dataset's training images that were looked at; lengths along the prepared axes. */
const datasetResolutionSchema = z.strictObject({
  dataset: name,
  images: z.int().positive(),
  /** Medians of the part that is not air, in the images' own voxels. */
  own: z.strictObject({ shape: along(voxels), spacing: along(millimetres) }),
  /** Medians of what the network sees. */
  prepared: z.strictObject({ shape: along(voxels), spacing: along(millimetres) }),
  /** Dice coefficient of the reference with itself after the prepared grid and back, of the organ that loses most. */
  ceiling: z.strictObject({ mean: dice, lowest: dice }),
});

export const resolutionPlanSchema = z.strictObject({
  spacing: z.discriminatedUnion("policy", spacingPolicies),
  patch: along(z.int().positive()),
  levels: z.int().positive(),
  strides: z.array(along(stride)),
  kernels: z.array(along(kernel)),
  datasets: z.array(datasetResolutionSchema).min(1),
});

export type ResolutionPlan = z.output<typeof resolutionPlanSchema>;
export type DatasetResolution = ResolutionPlan["datasets"][number];

/** What was left open as it was chosen; what was given as it was given. */
export function settledByPlan<Asked extends AskedFields>(
  asked: Asked,
  { spacing, patch, levels, strides, kernels }: ResolutionPlan,
): Settled<Asked> {
  const given = asked.preparation.spacing;
  return {
    ...asked,
    preparation: { ...asked.preparation, spacing: given.policy === "planned" ? spacing : given },
    patch: asked.patch ?? patch,
    network: asked.patch === undefined ? { ...asked.network, levels, strides, kernels } : asked.network,
  };
}

/** What a person should know of it, a sentence a dataset and one of the network. */
export function resolutionSentences({ datasets, patch, strides }: ResolutionPlan): string[] {
  return [
    ...datasets.map(({ dataset, images, own, prepared, ceiling }) => {
      const change = sameShape(own, prepared)
        ? "seen as they are"
        : `seen as ${shapeText(prepared.shape)} of ${spacingText(prepared.spacing)}`;
      return `${dataset}: images of ${shapeText(own.shape)} voxels of ${spacingText(own.spacing)}, ${change}; Dice of a reference there and back ${ceiling.mean.toFixed(3)}, lowest ${ceiling.lowest.toFixed(3)} (${images} training images)`;
    }),
    `patches of ${patch.join(" x ")} voxels, strides ${strides.map((one) => one.join("x")).join(", ")}`,
  ];
}

type Sizes = DatasetResolution["own"];

const sameShape = (a: Sizes, b: Sizes): boolean => a.shape.every((size, axis) => size === b.shape[axis]);
const shapeText = (shape: readonly number[]): string => shape.map(Math.round).join(" x ");
const spacingText = (spacing: readonly number[]): string =>
  `${spacing.map((mm) => Number(mm.toPrecision(3))).join(" x ")} mm`;
