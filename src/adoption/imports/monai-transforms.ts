/** MONAI's transforms before a network as steps of a preparation. To take over another, add its line to `known`. */
import { z } from "zod";
import { shortJson, UserError } from "../../base/index.js";
import type { Normaliser } from "../../preparation/index.js";
import type { NetworkFileInput } from "../network-file.js";

/** One transform; `setting` gives a literal value, or throws for an expression. */
export interface Transform {
  /** Its class, without its module; empty where it is switched off. */
  readonly kind: string;
  setting(field: string): unknown;
}

type Preparation = NetworkFileInput["preparation"];

/** What has been understood so far. */
interface Draft {
  preparation: Preparation;
  readonly steps: Normaliser;
}

type Take = (draft: Draft, transform: Transform, refuse: (found: string, expected: string) => never) => void;

/** What changes no voxel, or what windows do anyway. */
const NOTHING: Take = () => {};

const numeric = (transform: Transform, field: string, usual: number): number =>
  z.number().catch(usual).parse(transform.setting(field));

/** By class, without the "d" of dictionaries. */
const known: Readonly<Record<string, Take>> = {
  LoadImage: NOTHING,
  EnsureChannelFirst: NOTHING,
  AddChannel: NOTHING,
  AsChannelFirst: NOTHING,
  EnsureType: NOTHING,
  ToTensor: NOTHING,
  ToDevice: NOTHING,
  CastToType: NOTHING,
  DivisiblePad: NOTHING,
  SpatialPad: NOTHING,
  Orientation: (draft, transform, refuse) => {
    const code = z.enum(["RAS", "LPS"]).safeParse(transform.setting("axcodes"));
    if (!code.success)
      return refuse(`Orientation to ${shortJson(transform.setting("axcodes"))}`, "RAS or LPS");
    if (draft.preparation.spacing !== undefined)
      return refuse("Orientation after Spacing", "Orientation first");
    draft.preparation = { ...draft.preparation, orientation: code.data };
  },
  Spacing: (draft, transform, refuse) => {
    const sides = z.array(z.number().positive()).length(3).safeParse(transform.setting("pixdim"));
    if (!sides.success) return refuse("Spacing whose pixdim is not three numbers", "three numbers");
    const mode = [transform.setting("mode") ?? "bilinear"].flat()[0];
    const interpolation =
      mode === "bilinear" ? "linear" : mode === 3 || mode === "bicubic" ? "cubic" : undefined;
    if (interpolation === undefined)
      return refuse(`Spacing with the mode ${shortJson(mode)}`, "bilinear or 3");
    const mm = sides.data as [number, number, number];
    const intensitiesFirst = draft.steps.length > 0 ? true : undefined;
    draft.preparation = {
      ...draft.preparation,
      spacing: { policy: "fixed", mm },
      interpolation,
      intensitiesFirst,
    };
  },
  CropForeground: (draft, transform, refuse) => {
    if (transform.setting("select_fn") !== undefined || numeric(transform, "margin", 0) !== 0) {
      return refuse("CropForeground with a function or a margin of its own", "the voxels above 0");
    }
    if (draft.steps.length > 0)
      return refuse("CropForeground after the intensities are changed", "CropForeground before");
    draft.preparation = { ...draft.preparation, cropToForeground: "non-zero" };
  },
  ScaleIntensityRange: (draft, transform, refuse) => {
    const [low, high] = [transform.setting("a_min"), transform.setting("a_max")];
    const range = z.tuple([z.number(), z.number()]).safeParse([low, high]);
    if (!range.success) return refuse("ScaleIntensityRange without a_min and a_max", "two numbers");
    if (transform.setting("clip") === true)
      draft.steps.push({ step: "clip", low: range.data[0], high: range.data[1] });
    const to: [number, number] = [numeric(transform, "b_min", 0), numeric(transform, "b_max", 1)];
    draft.steps.push({ step: "map-range", from: range.data, to });
  },
  ScaleIntensityRangePercentiles: (draft, transform, refuse) => {
    const range = z
      .tuple([z.number(), z.number()])
      .safeParse([transform.setting("lower"), transform.setting("upper")]);
    if (!range.success || transform.setting("clip") !== true || transform.setting("relative") === true) {
      return refuse(
        "ScaleIntensityRangePercentiles without lower, upper and clip: true, or relative",
        "a clip between two percentiles",
      );
    }
    draft.steps.push({ step: "clip-percentiles", low: range.data[0], high: range.data[1] });
    draft.steps.push({
      step: "rescale",
      low: numeric(transform, "b_min", 0),
      high: numeric(transform, "b_max", 1),
    });
  },
  ScaleIntensity: (draft, transform, refuse) => {
    if (transform.setting("factor") !== undefined)
      return refuse("ScaleIntensity by a factor", "minv and maxv");
    draft.steps.push({
      step: "rescale",
      low: numeric(transform, "minv", 0),
      high: numeric(transform, "maxv", 1),
    });
  },
  NormalizeIntensity: (draft, transform, refuse) => {
    const [subtrahend, divisor] = [transform.setting("subtrahend"), transform.setting("divisor")];
    if (subtrahend === undefined && divisor === undefined) {
      draft.steps.push({ step: transform.setting("nonzero") === true ? "z-score-non-zero" : "z-score" });
      return;
    }
    const numbers = z.tuple([z.number(), z.number().positive()]).safeParse([subtrahend, divisor]);
    if (!numbers.success || transform.setting("nonzero") === true) {
      return refuse(
        "NormalizeIntensity with numbers of its own for each channel, or for what is not 0",
        "one subtrahend and one divisor",
      );
    }
    draft.steps.push({ step: "standardise", mean: numbers.data[0], deviation: numbers.data[1] });
  },
};

/**
 * @param subject the file, for messages
 * @throws UserError naming the first transform that is not known, or is used in a way that cannot be taken over
 */
export function preparationOfTransforms(
  transforms: readonly Transform[],
  subject: string,
): { preparation: Preparation; steps: Normaliser } {
  const refuse = (found: string, expected: string): never => {
    throw new UserError({
      subject,
      found,
      expected,
      advice: "Export a configuration with these transforms alone, or write the network file by hand.",
    });
  };
  const draft: Draft = { preparation: { cropToForeground: false, spacing: undefined }, steps: [] };
  for (const transform of transforms) {
    if (transform.kind === "") continue;
    const kind = transform.kind.replace(/(Dict|[dD])$/, "");
    const take = Object.hasOwn(known, kind)
      ? known[kind]
      : Object.hasOwn(known, transform.kind)
        ? known[transform.kind]
        : undefined;
    if (take === undefined)
      refuse(`the transform ${transform.kind.slice(0, 60)}`, Object.keys(known).join(", "));
    else take(draft, transform, refuse);
  }
  const { preparation, steps } = draft;
  const orientation = preparation.orientation ?? "stored";
  return {
    preparation: { ...preparation, orientation, spacing: preparation.spacing ?? { policy: "native" } },
    steps,
  };
}
