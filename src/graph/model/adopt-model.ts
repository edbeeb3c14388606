/** A network of any software in the form that the pipeline knows. */
import { TensorProto_DataType } from "onnx-buf";
import { OnnxEmitter } from "../onnx-emitter.js";
import { valueInfo } from "../value-info.js";
import type { SegmentationOutput } from "./choose-output.js";
import type { ImagePort } from "./describe-model.js";
import type { Layer } from "./layers.js";
import type { ReadModel } from "./read-model.js";
import { refused } from "./refusal.js";
import { castTo, freePrefix, rewired } from "./rewire.js";

/**
 * The image's axes i, j, k in the order in which the model has them: "kji" as PyTorch and SimpleITK lay images out (and we
 * do), "ijk" as nibabel and MONAI do. Two of them for a network of slices, along the axis that is missing.
 */
export type ModelAxes = string;

export interface Adoption {
  readonly input: ImagePort;
  readonly output: SegmentationOutput;
  readonly layers: readonly Layer[];
  readonly axes: ModelAxes;
  readonly inputChannels: number;
}

const OURS = ["k", "j", "i"];

/** Smallest probability that has a logarithm here; a softmax over a whole volume (opset 12 and older) gives some of 1e-9. */
const LEAST = 1e-30;
/** What a sigmoid in single precision can still tell from 0 and 1. */
const LEAST_SIGMOID = 1e-7;

/** @throws UserError for axes that are none, or another number of them than the model has */
export function checkAxes(axes: ModelAxes, port: ImagePort, name: string): void {
  const letters = [...axes];
  const whole = new Set(letters).size === letters.length && letters.every((letter) => OURS.includes(letter));
  if (whole && letters.length === port.dims.length - 2) return;
  const wanted =
    port.dims.length === 5
      ? '"kji" or "ijk", or another order of the three'
      : '"ji" or "ij", or others for slices along another axis';
  throw refused(
    name,
    `axes "${axes.slice(0, 10)}" for a network of ${port.dims.length - 2} axes`,
    wanted,
    "Say in which order the network has the image's axes.",
  );
}

/**
 * Bytes of a model whose first input is an image [1, C, k, j, i] in single precision, whose first output are logits
 * [1, K, k, j, i], and whose others are `features/<layer>` [1, C, k, j, i], in single precision too. The activation that the
 * logits ask for gives the network's own probabilities: it is applied to what the network's own activation was applied to, so
 * that an old Softmax over all axes does no harm; or, where that has other axes, to the logarithms or log-odds of what came out.
 */
export function adoptModel(
  model: ReadModel,
  { input, output, layers, axes, inputChannels }: Adoption,
): Uint8Array {
  checkAxes(axes, input, model.name);
  const flat = axes.length === 2;
  const letters = [...axes];
  const slice = OURS.find((letter) => !letters.includes(letter));

  const prefix = freePrefix(model, "sureseg");
  const before = new OnnxEmitter(`${prefix}in/`);
  const at = (letter: string): number => 2 + OURS.indexOf(letter);
  let image = `${prefix}image`;
  const { type } = input;
  if (type !== TensorProto_DataType.FLOAT) image = castTo(before, { from: image, to: type });
  if (flat) {
    // The slice's axis, of one voxel, takes the batch's place, and the batch falls off at the end.
    const turned = before.transpose(image, [at(slice!), 1, ...letters.map(at), 0]);
    before.reshape(turned, [0, 0, 0, -1], input.name);
  } else {
    before.transpose(image, [0, 1, ...letters.map(at)], input.name);
  }

  const after = new OnnxEmitter(`${prefix}out/`);
  const inOurs = (tensor: string, into: string): void => {
    const real = castTo(after, { from: tensor, to: TensorProto_DataType.FLOAT });
    const whole = flat ? after.reshape(real, [0, 0, 0, 0, 1]) : real;
    const theirs = [...letters, ...(flat ? [slice!] : [])];
    after.transpose(whole, [0, 1, ...OURS.map((letter) => 2 + theirs.indexOf(letter))], into);
  };
  const logits = `${prefix}logits`;
  const { meaning } = output;
  if (meaning === "logits" || output.before !== undefined) {
    inOurs(meaning === "logits" ? output.name : output.before!, logits);
  } else {
    const probabilities = `${prefix}probabilities`;
    inOurs(output.name, probabilities);
    const least = after.float(meaning === "softmax" ? LEAST : LEAST_SIGMOID);
    const logarithm = after.node("Log", [after.node("Max", [probabilities, least])]);
    if (meaning === "softmax") {
      after.node("Identity", [logarithm], {}, logits);
    } else {
      const rest = after.node("Sub", [after.float(1), probabilities]);
      after.node("Sub", [logarithm, after.node("Log", [after.node("Max", [rest, least])])], {}, logits);
    }
  }
  for (const layer of layers) inOurs(layer.name, `features/${layer.name}`);

  const open = ["D", "H", "W"];
  const { FLOAT } = TensorProto_DataType;
  return rewired(model, {
    replaces: input.name,
    input: valueInfo(`${prefix}image`, FLOAT, [1, inputChannels, ...lengthsOf(input, letters)]),
    before,
    after,
    outputs: [
      valueInfo(logits, FLOAT, [1, output.channels, ...open]),
      ...layers.map(({ name, channels }) =>
        valueInfo(`features/${name}`, FLOAT, [1, channels, ...open.map((axis) => `${axis}/${name}`)]),
      ),
    ],
  });
}

/** Lengths of our axes k, j, i, or names where they are open. */
function lengthsOf({ dims }: ImagePort, letters: readonly string[]): (number | string)[] {
  return OURS.map((letter) => {
    const axis = letters.indexOf(letter);
    return axis < 0 ? 1 : (dims[2 + axis] ?? letter);
  });
}

/** Numbers of the model's own spatial axes as those along our [i, j, k]; `missing` along the axis of slices. */
export const alongImage = (
  numbers: readonly number[],
  axes: ModelAxes,
  missing: number,
): [number, number, number] => {
  const along = (letter: string): number =>
    axes.includes(letter) ? numbers[axes.indexOf(letter)]! : missing;
  return [along("i"), along("j"), along("k")];
};
