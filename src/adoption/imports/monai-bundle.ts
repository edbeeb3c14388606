/** A MONAI bundle's inference configuration as a network file: https://docs.monai.io/en/stable/mb_specification.html */
import { z } from "zod";
import { shortJson, UserError } from "../../base/index.js";
import { modalityFromName } from "../../dataset/index.js";
import type { Modality } from "../../volume/index.js";
import type { NetworkFileInput } from "../network-file.js";
import { classNames } from "./class-names.js";
import { intensitiesOf } from "./intensities.js";
import { preparationOfTransforms, type Transform } from "./monai-transforms.js";

export const inferenceSchema = z.record(z.string(), z.unknown());

export const metadataSchema = z.looseObject({
  name: z.string().optional(),
  network_data_format: z
    .looseObject({
      inputs: z
        .looseObject({
          image: z
            .looseObject({ modality: z.string().optional(), num_channels: z.int().optional() })
            .optional(),
        })
        .optional(),
      outputs: z
        .looseObject({
          pred: z.looseObject({ channel_def: z.record(z.string(), z.string()).optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
});

export interface BundleSource {
  readonly inference: z.output<typeof inferenceSchema>;
  readonly metadata?: z.output<typeof metadataSchema>;
  /** What the channels are, where neither file says it. */
  readonly modalities?: readonly Modality[];
  /**
   * Channels that may overlap, in the order in which masks are painted, the last on top; for each its label values, of which
   * masks get the first.
   */
  readonly regions?: readonly (readonly [name: string, values: readonly number[]])[];
  /** What messages call the file. */
  readonly name: string;
}

/** Keys under which bundles keep what is done before and after the network. */
const BEFORE = ["preprocessing", "pre_transforms", "val_transforms", "transforms"];
const AFTER = ["postprocessing", "post_transforms"];

/** What may come after the network: makes masks of probabilities and brings them back, which the pipeline does, or stores. */
const AFTER_KINDS = [
  "Activations",
  "AsDiscrete",
  "Invert",
  "SaveImage",
  "EnsureType",
  "ToTensor",
  "ToDevice",
  "CastToType",
  "CopyItems",
  "SelectItems",
  "DeleteItems",
];

const transformSchema = z.looseObject({ _target_: z.string() });

/** @throws UserError naming the transform or expression that cannot be taken over */
export function networkFileOfBundle({
  inference,
  metadata,
  modalities: given,
  regions = [],
  name,
}: BundleSource): NetworkFileInput {
  const wrong = (found: string, expected: string, advice: string): UserError =>
    new UserError({ subject: name, found, expected, advice });

  const before = transformsOf(BEFORE);
  if (before === undefined)
    throw wrong("no transforms before the network", BEFORE.join(" or "), "Give the bundle's inference.json.");
  const { preparation, steps } = preparationOfTransforms(before, name);
  const format = metadata?.network_data_format;
  const modalities = given ?? modalitiesIn(format?.inputs?.image);
  const activation = activationIn(transformsAfter());
  return {
    name: metadata?.name?.slice(0, 200) || "MONAI bundle",
    modalities: [...modalities],
    ...classesIn(organsIn(format?.outputs?.pred?.channel_def, activation), activation),
    axes: "ijk",
    preparation: {
      ...preparation,
      intensities: intensitiesOf(
        modalities,
        modalities.map(() => steps),
        name,
      ),
    },
    windows: windowsIn(),
  };

  /** A value with references to other values of the file followed; expressions are not run. */
  function literal(value: unknown, depth = 0): unknown {
    if (typeof value === "string" && value.startsWith("@") && depth < 20) {
      const path = value.slice(1).split(/::|#/);
      const target = path.reduce<unknown>(
        (at, key) => (at as Record<string, unknown> | undefined)?.[key],
        inference,
      );
      return literal(target, depth + 1);
    }
    if (typeof value === "string" && value.startsWith("$")) {
      throw wrong(
        `the expression ${value.slice(0, 60)}`,
        "a number, a text or a list",
        "Write its value into the file: expressions are not run.",
      );
    }
    if (Array.isArray(value)) return value.map((item) => literal(item, depth + 1));
    return value;
  }

  function transformsOf(keys: readonly string[]): Transform[] | undefined {
    const key = keys.find((one) => inference[one] !== undefined);
    const found =
      key === undefined
        ? undefined
        : (literal(inference[key]) as { transforms?: unknown } | unknown[] | undefined);
    const list = Array.isArray(found) ? found : literal(found?.transforms);
    if (!Array.isArray(list)) return undefined;
    return list.map((item) => {
      const parsed = transformSchema.safeParse(literal(item));
      if (!parsed.success)
        throw wrong("a transform without a name", '"_target_"', "Write its name into the file.");
      const { _target_, ...settings } = parsed.data;
      if (settings._disabled_ === true) return { kind: "", setting: () => undefined };
      return { kind: _target_.split(".").at(-1)!, setting: (field) => literal(settings[field]) };
    });
  }

  function transformsAfter(): Transform[] {
    const after = transformsOf(AFTER) ?? [];
    const strange = after.find(
      ({ kind }) => kind !== "" && !AFTER_KINDS.includes(kind.replace(/(Dict|[dD])$/, "")),
    );
    if (strange === undefined) return after;
    throw wrong(
      `the transform ${strange.kind.slice(0, 60)} after the network`,
      AFTER_KINDS.join(", "),
      "Take it out of the file if masks without it will do.",
    );
  }

  function windowsIn(): NetworkFileInput["windows"] {
    const inferer = z.looseObject({ _target_: z.string() }).safeParse(literal(inference.inferer));
    if (!inferer.success)
      throw wrong(
        "no inferer",
        "SlidingWindowInferer or SimpleInferer",
        "Say in `inferer` how windows are cut.",
      );
    const { _target_, ...settings } = inferer.data;
    const kind = _target_.split(".").at(-1)!;
    // The whole image in one piece, whatever its size.
    if (kind === "SimpleInferer") return { window: [512, 512, 512], fixedSize: false, overlap: 0 };
    if (kind !== "SlidingWindowInferer" && kind !== "SlidingWindowInfererAdapt") {
      throw wrong(
        `the inferer ${kind}`,
        "SlidingWindowInferer or SimpleInferer",
        "Other inferers cannot be taken over.",
      );
    }
    const size = z.array(z.int().min(1)).length(3).safeParse(literal(settings.roi_size));
    if (!size.success)
      throw wrong(
        "a roi_size that is not three numbers",
        "[i, j, k]",
        "Write the three numbers into the file.",
      );
    const mode = literal(settings.mode ?? "constant");
    const padding = literal(settings.padding_mode ?? "constant");
    if (mode !== "constant" && mode !== "gaussian")
      throw wrong(`the mode ${shortJson(mode)}`, "constant or gaussian", "Choose one of them.");
    const width = literal(settings.sigma_scale ?? 0.125);
    if (mode === "gaussian" && [width].flat().some((scale) => scale !== 0.125))
      throw wrong(`the sigma_scale ${JSON.stringify(width)}`, "0.125", "Other widths cannot be taken over.");
    return {
      window: size.data as [number, number, number],
      overlap: z.number().min(0).lt(1).catch(0.25).parse(literal(settings.overlap)),
      fixedSize: true,
      padding: padding === "reflect" ? "reflect" : padding === "replicate" ? "edge" : "zero",
      placement: "stepped",
      blending: "logits",
      weights: mode === "gaussian" ? "monai" : "constant",
    };
  }

  function activationIn(transforms: readonly Transform[]): "softmax" | "sigmoid" | undefined {
    const activations = transforms.find(({ kind }) => /^Activations?[dD]?/.test(kind));
    const discrete = transforms.find(({ kind }) => /^AsDiscrete/.test(kind));
    const threshold = discrete?.setting("threshold");
    // MONAI's early versions said true, for a half.
    if (threshold !== undefined && threshold !== true && threshold !== 0.5)
      throw wrong(`the threshold ${shortJson(threshold)}`, "0.5", "Other thresholds cannot be taken over.");
    if (activations?.setting("softmax") === true) return "softmax";
    if (activations?.setting("sigmoid") === true) return "sigmoid";
    if (discrete?.setting("argmax") === true) return "softmax";
    return discrete?.setting("threshold") === undefined ? undefined : "sigmoid";
  }

  /** Masks hold one value a voxel, so of channels that may overlap it must be known which one is on top. */
  function classesIn(
    organs: Record<string, number>,
    activation: "softmax" | "sigmoid" | undefined,
  ): Pick<NetworkFileInput, "organs" | "regions" | "output"> {
    const names = Object.keys(organs);
    if (regions.length > 0 && activation !== "sigmoid") {
      throw wrong(
        "no sigmoid after the network",
        "one, where channels may overlap",
        "Leave --regions out: of classes that exclude each other the most probable one is taken.",
      );
    }
    if (activation === undefined) return { organs, output: {} };
    if (activation === "softmax") return { organs, output: { activation, labelMode: "exclusive" } };
    if (names.length === 1 && regions.length === 0)
      return { organs, output: { activation, labelMode: "union" } };
    const painted = new Map(regions);
    if (painted.size !== names.length || !names.every((organ) => painted.has(organ))) {
      throw wrong(
        regions.length === 0
          ? `${names.length} channels of a sigmoid, ${names.join(", ")}, which may overlap`
          : `the regions ${regions.map(([organ]) => organ).join(", ")}`,
        `the order in which masks are painted, the last on top, of ${names.join(", ")}`,
        `Name them in that order with the label values of each, of which masks get the first, as in --regions ${names.map((organ, at) => `"${organ}=${at + 1}"`).join(" ")}`,
      );
    }
    return {
      organs: Object.fromEntries(names.map((organ) => [organ, [...painted.get(organ)!]])),
      regions: Object.fromEntries([...painted].map(([organ, [value]]) => [organ, value as number])),
      output: { activation, labelMode: "regions" },
    };
  }

  function modalitiesIn(image: { modality?: string; num_channels?: number } | undefined): Modality[] {
    if (image?.modality === undefined) {
      throw wrong(
        "no word on what the images are",
        "CT, MR, ...",
        "Give the bundle's metadata.json by --metadata, or say it by --modality.",
      );
    }
    return new Array<Modality>(image.num_channels ?? 1).fill(modalityFromName(image.modality));
  }

  function organsIn(
    channels: Record<string, string> | undefined,
    activation: string | undefined,
  ): Record<string, number> {
    const hasBackground = activation !== "sigmoid";
    if (channels !== undefined) {
      const named = Object.entries(channels).sort(([a], [b]) => Number(a) - Number(b));
      const organs = hasBackground ? named.slice(1) : named;
      return classNames(organs.map(([, organ], index) => [organ, index + 1] as const));
    }
    const count = z
      .int()
      .min(1)
      .max(255)
      .safeParse((literal(inference.network_def) as Record<string, unknown> | undefined)?.out_channels);
    if (!count.success)
      throw wrong("no word on the classes", "their names", "Give the bundle's metadata.json by --metadata.");
    const organs = Math.max(1, count.data - (hasBackground ? 1 : 0));
    return Object.fromEntries(
      Array.from({ length: organs }, (_, index) => [`class ${index + 1}`, index + 1]),
    );
  }
}
