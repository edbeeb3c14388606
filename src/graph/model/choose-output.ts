/** Which output of a model is the segmentation, and what its numbers mean. */
import type { NodeProto } from "onnx-buf";
import { outputsOf, portText, REAL } from "./describe-model.js";
import { COPIES, makerOf } from "./layers.js";
import type { Observed } from "./observe-model.js";
import type { ReadModel } from "./read-model.js";
import { refused, shown } from "./refusal.js";

/** What the numbers of an output are: before or after an activation. */
export const outputMeanings = ["logits", "softmax", "sigmoid"] as const;
export type OutputMeaning = (typeof outputMeanings)[number];

export interface SegmentationOutput {
  readonly name: string;
  readonly channels: number;
  /** What the graph says: its last operator is an activation, or is not. */
  readonly meaning: OutputMeaning;
  /** The tensor that the activation was applied to, where it is one on the same axes. */
  readonly before?: string;
}

/** Every tensor that may be asked for as an output: the outputs, and what a final ArgMax was taken of. */
export function outputNames(model: ReadModel): string[] {
  const names = outputsOf(model).map(({ name }) => name);
  const sources = names.flatMap((name) => {
    const maker = makerOf(model, name);
    return maker?.opType === "ArgMax" ? maker.input.slice(0, 1) : [];
  });
  return [...new Set([...names, ...sources])];
}

/**
 * The output on the input's own grid: by its name, or the only one of this many channels. Deeply supervised networks give
 * coarser ones too, in any order. Labels (an ArgMax at the end) say nothing of how sure the network is, so what they were
 * taken of is taken instead.
 *
 * @param wanted.channels how many there may be, where that is known
 * @throws UserError listing names and sizes where none or several fit
 */
export function chooseOutput(
  model: ReadModel,
  observed: Observed,
  wanted: { readonly name?: string; readonly channels?: readonly number[] } = {},
): SegmentationOutput {
  const { input, dims } = observed;
  const known = outputNames(model);
  const listed = known.map((name) => portText({ name, dims: dims.get(name) })).join(", ");
  if (wanted.name !== undefined && !known.includes(wanted.name)) {
    throw refused(
      model.name,
      `outputs ${listed}`,
      `one called ${shown(wanted.name)}`,
      "Give the name of one of them by --output.",
    );
  }
  const integers = new Set(
    outputsOf(model).flatMap(({ name, type }) => (REAL.has(type) || type === 0 ? [] : [name])),
  );
  const fits = known.filter((name) => {
    const sizes = dims.get(name)!;
    const whole =
      sizes.length === input.length && sizes.slice(2).every((size, axis) => size === input[axis + 2]);
    return (
      whole &&
      !integers.has(name) &&
      (wanted.name === undefined || name === wanted.name) &&
      (wanted.channels === undefined || wanted.channels.includes(sizes[1]!))
    );
  });
  if (fits.length === 1) {
    const name = fits[0]!;
    return { name, channels: dims.get(name)![1]!, ...meaningOf(model, name, input.length) };
  }
  const grid = `[1, ${wanted.channels?.join(" or ") ?? "channels"}, ${input.slice(2).join(", ")}]`;
  if (fits.length > 1) {
    throw refused(
      model.name,
      `${fits.length} outputs on the image's grid: ${listed}`,
      "one",
      "Say which is the segmentation by --output.",
    );
  }
  throw refused(
    model.name,
    `outputs ${listed} for an image [${input.join(", ")}]`,
    `probabilities or logits ${grid}${integers.size > 0 ? ", not labels" : ""}`,
    "Export the network with its logits as an output, or choose another one by --output.",
  );
}

function meaningOf(
  model: ReadModel,
  name: string,
  axes: number,
): Pick<SegmentationOutput, "meaning" | "before"> {
  const maker = makerOf(model, name);
  const before = maker === makerOf(model, name, COPIES) ? maker?.input[0] : undefined;
  switch (maker?.opType) {
    case "Sigmoid":
      return { meaning: "sigmoid", before };
    case "HardSigmoid":
      return { meaning: "sigmoid" };
    case "Softmax":
      return { meaning: "softmax", before: sharesDenominator(model, maker, axes) ? before : undefined };
    default:
      return { meaning: "logits" };
  }
}

/**
 * Whether a Softmax divides all channels of a voxel by the same number: then the softmax over the channels of what went in
 * is what was meant. Up to opset 12 it normalises over its axis and all after it; from opset 13 on over its axis alone, which
 * is the last one unless it says another.
 */
function sharesDenominator({ opset }: ReadModel, { attribute }: NodeProto, axes: number): boolean {
  const stated = attribute.find(({ name }) => name === "axis")?.i;
  const axis = Number(stated ?? (opset < 13 ? 1 : -1));
  const place = axis < 0 ? axis + axes : axis;
  return opset < 13 ? place <= 1 : place === 1;
}
