/** nnU-Net's plans (v2) as a network file: https://github.com/MIC-DKFZ/nnUNet, documentation/explanation_plans_files.md */
import { z } from "zod";
import { UserError } from "../../base/index.js";
import { modalityFromName } from "../../dataset/index.js";
import type { Normaliser } from "../../preparation/index.js";
import type { NetworkFileInput } from "../network-file.js";
import { classNames } from "./class-names.js";
import { intensitiesOf } from "./intensities.js";

const sizes = z.array(z.number().positive()).min(2).max(3);

const configurationSchema = z.looseObject({
  patch_size: sizes,
  spacing: sizes,
  normalization_schemes: z.array(z.string()).min(1),
  use_mask_for_norm: z.array(z.boolean()),
  inherits_from: z.string().optional(),
  previous_stage: z.string().nullish(),
});

export const plansSchema = z.looseObject({
  dataset_name: z.string(),
  transpose_forward: z.array(z.int().min(0).max(2)).length(3),
  image_reader_writer: z.string(),
  configurations: z.record(z.string(), z.looseObject({})),
  foreground_intensity_properties_per_channel: z.record(
    z.string(),
    z.looseObject({
      mean: z.number(),
      std: z.number(),
      percentile_00_5: z.number(),
      percentile_99_5: z.number(),
    }),
  ),
});

export const datasetJsonSchema = z.looseObject({
  channel_names: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.union([z.int(), z.array(z.int()).min(1)])),
  regions_class_order: z.array(z.int()).nullish(),
});

export interface PlansSource {
  readonly plans: z.output<typeof plansSchema>;
  readonly dataset: z.output<typeof datasetJsonSchema>;
  /** For example 3d_fullres. */
  readonly configuration: string;
  /**
   * `inference_allowed_mirroring_axes` of the trained model, which the plans do not hold: axes of the network, counted from
   * 0. None where nnU-Net predicts with `--disable_tta`.
   */
  readonly mirroring?: readonly number[];
  /** What messages call the two files. */
  readonly names: { readonly plans: string; readonly dataset: string };
}

/** Readers of nnU-Net that hand the voxels on in the order of the file, the slowest axis first. */
const READERS = new Set(["SimpleITKIO", "NibabelIO", "Tiff3DIO"]);

/**
 * What nnU-Net's predictor does with an image: as stored, cropped to what is not 0, normalised, brought to the plan's
 * spacing by its own resampling; windows of the patch's size, half overlapping, logits blended with Gaussian weights,
 * 0 around the image, mirrored copies where it is told along which axes.
 *
 * @throws UserError for what cannot be expressed: cascades, unknown normalisations
 */
export function networkFileOfPlans(source: PlansSource): NetworkFileInput {
  const { plans, dataset, configuration, names, mirroring = [] } = source;
  const refuse = (found: string, expected: string, advice: string): never => {
    throw new UserError({ subject: names.plans, found, expected, advice });
  };
  const chosen =
    resolved(plans.configurations, configuration) ??
    refuse(
      `no configuration ${configuration}`,
      Object.keys(plans.configurations).join(", "),
      "Name one of them by --configuration.",
    );
  if (chosen.previous_stage) {
    refuse(
      `the second stage of a cascade`,
      "a configuration that needs no other's result",
      "Choose 3d_fullres or 3d_lowres by --configuration.",
    );
  }
  if (!READERS.has(plans.image_reader_writer) && plans.image_reader_writer !== "NibabelIOWithReorient") {
    refuse(
      `images read by ${plans.image_reader_writer}`,
      [...READERS, "NibabelIOWithReorient"].join(", "),
      "Other kinds of images cannot be taken.",
    );
  }
  const channels = Object.entries(dataset.channel_names).sort(([a], [b]) => Number(a) - Number(b));
  const modalities = channels.map(([, name]) => modalityFromName(name));
  const steps = channels.map(([key], channel) => stepsOf(key, channel));
  const flat = chosen.patch_size.length === 2;
  const all = plans.transpose_forward.map((axis) => "kji"[axis]!);
  const axes = (flat ? all.slice(1) : all).join("");
  const strange = mirroring.find((axis) => axes[axis] === undefined);
  if (strange !== undefined) {
    throw new UserError({
      subject: "--mirroring",
      found: `the axis ${strange}`,
      expected: `axes of the network, from 0 to ${axes.length - 1}`,
      advice: "Give inference_allowed_mirroring_axes as the model's checkpoint has them.",
    });
  }
  return {
    name: plans.dataset_name,
    modalities,
    ...(isOfRegions(dataset)
      ? regionsOf(dataset, names.dataset)
      : { organs: organsOf(dataset), output: { labelMode: "exclusive" } }),
    axes,
    preparation: {
      orientation: plans.image_reader_writer === "NibabelIOWithReorient" ? "RAS" : "stored",
      cropToForeground: "non-zero",
      spacing: { policy: "fixed", mm: alongImage(chosen.spacing, axes, null) },
      interpolation: "nnunet",
      intensitiesFirst: true,
      intensities: intensitiesOf(modalities, steps, names.plans),
    },
    windows: {
      window: alongImage(chosen.patch_size, axes, 1),
      overlap: 0.5,
      fixedSize: true,
      padding: "zero",
      placement: "spread",
      blending: "logits",
      weights: "nnunet",
      ...(mirroring.length > 0 && { mirroring: mirroring.map((axis) => axes[axis] as "i" | "j" | "k") }),
    },
  };

  function stepsOf(key: string, channel: number): Normaliser {
    const scheme = chosen.normalization_schemes[channel];
    const facts = plans.foreground_intensity_properties_per_channel[key];
    switch (scheme) {
      case "CTNormalization":
        if (facts === undefined)
          return refuse(
            `no intensities of channel ${key}`,
            "foreground_intensity_properties_per_channel",
            "Take the plans.json of the trained model.",
          );
        return [
          { step: "clip", low: facts.percentile_00_5, high: facts.percentile_99_5 },
          { step: "standardise", mean: facts.mean, deviation: Math.max(facts.std, 1e-8) },
        ];
      case "ZScoreNormalization":
        return [{ step: chosen.use_mask_for_norm[channel] ? "z-score-non-zero" : "z-score" }];
      case "NoNormalization":
        return [];
      case "RescaleTo01Normalization":
        return [{ step: "rescale", low: 0, high: 1 }];
      case "RGBTo01Normalization":
        return [{ step: "map-range", from: [0, 255], to: [0, 1] }];
      default:
        return refuse(
          `the normalisation ${scheme ?? "of no name"}`,
          "one of nnU-Net's own",
          "Write the network file by hand.",
        );
    }
  }
}

/** A configuration with what it inherits; undefined where it is none. */
function resolved(
  all: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  name: string,
): z.output<typeof configurationSchema> | undefined {
  let [merged, next]: [object, string | undefined] = [{}, name];
  for (const seen = new Set<string>(); next !== undefined && !seen.has(next); ) {
    const own: Readonly<Record<string, unknown>> | undefined = all[next];
    if (own === undefined) return undefined;
    seen.add(next);
    merged = { ...own, ...merged };
    next = own.inherits_from as string | undefined;
  }
  const parsed = configurationSchema.safeParse(merged);
  return parsed.success ? parsed.data : undefined;
}

/** Numbers in the order of the network's axes as those along i, j, k. */
function alongImage<Missing>(
  numbers: readonly number[],
  axes: string,
  missing: Missing,
): [number | Missing, number | Missing, number | Missing] {
  const along = (letter: string) => (axes.includes(letter) ? numbers[axes.indexOf(letter)]! : missing);
  return [along("i"), along("j"), along("k")];
}

type DatasetJson = z.output<typeof datasetJsonSchema>;

/** As nnU-Net's LabelManager decides it. */
const isOfRegions = ({ labels }: DatasetJson): boolean =>
  Object.values(labels).some((value) => Array.isArray(value) && value.length > 1);

const valuesOf = (value: number | number[]): number[] => [...new Set([value].flat())];

/** Without background and what is not to be learnt. */
const foreground = ({ labels }: DatasetJson): [string, number[]][] =>
  Object.entries(labels)
    .filter(([name]) => name !== "ignore")
    .map(([name, value]): [string, number[]] => [name, valuesOf(value)])
    .filter(([name, values]) => name !== "background" && values.join() !== "0");

/** Classes in the order of their values: channel n has the value n. */
const organsOf = (dataset: DatasetJson): Record<string, number> =>
  classNames(
    foreground(dataset)
      .map(([name, [value]]) => [name, value as number] as const)
      .sort(([, a], [, b]) => a - b),
  );

/** Regions in the order in which the file lists them, which is that of the channels and of `regions_class_order`. */
function regionsOf(
  dataset: DatasetJson,
  name: string,
): Pick<NetworkFileInput, "organs" | "regions" | "output"> {
  const regions = foreground(dataset);
  const order = dataset.regions_class_order ?? [];
  const refuse = (found: string, expected: string, advice: string): never => {
    throw new UserError({ subject: name, found, expected, advice });
  };
  const numbered = regions.find(([region]) => /^\d+$/.test(region));
  // Their place among the others is lost once the file is read.
  if (numbered !== undefined)
    refuse(`a region called ${numbered[0]}`, "words for names", "Write the network file by hand.");
  if (order.length !== regions.length) {
    refuse(
      `${order.length} values in regions_class_order for ${regions.length} regions`,
      "one for each",
      "Take the dataset.json of the trained model, in the folder of its results.",
    );
  }
  return {
    organs: Object.fromEntries(regions),
    regions: Object.fromEntries(regions.map(([region], at) => [region, order[at] as number])),
    output: { labelMode: "regions", activation: "sigmoid" },
  };
}
