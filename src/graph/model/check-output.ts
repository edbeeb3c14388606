/** Whether the numbers of an output are what the graph, or the user, says they are. */
import { TensorProto_DataType } from "onnx-buf";
import type { Engine } from "../engine.js";
import { OnnxEmitter } from "../onnx-emitter.js";
import { valueInfo } from "../value-info.js";
import type { OutputMeaning, SegmentationOutput } from "./choose-output.js";
import type { ImagePort } from "./describe-model.js";
import { noise, type Observed } from "./observe-model.js";
import type { ReadModel } from "./read-model.js";
import { refused, shown } from "./refusal.js";
import { castTo, freePrefix, rewired } from "./rewire.js";

export interface OutputToCheck {
  readonly input: ImagePort;
  readonly observed: Observed;
  readonly output: SegmentationOutput;
  /** What the user says; default: the graph's own meaning, where its values do not contradict. */
  readonly stated?: OutputMeaning;
}

/** Half precision adds up to 1 to a part in a thousand for each of some channels. */
const TOLERANCE = 0.01;

/**
 * Runs the model on noise once more.
 *
 * @returns what the output's numbers mean
 * @throws UserError where they are not that, or could be several things: numbers from 0 to 1 without an activation are
 *   not guessed
 */
export async function checkOutput(
  engine: Engine,
  model: ReadModel,
  { input, observed, output, stated }: OutputToCheck,
): Promise<OutputMeaning> {
  const meaning = stated ?? output.meaning;
  if (stated === undefined && output.before !== undefined) return meaning;
  const values = await valuesOf(engine, model, { input, observed, output });
  const within = values.every((value) => value >= -TOLERANCE && value <= 1 + TOLERANCE);
  const is = `the output ${shown(output.name)}`;
  if (stated === undefined && meaning === "logits" && within) {
    throw refused(
      model.name,
      `${is} of numbers from 0 to 1, which ends with neither Softmax nor Sigmoid`,
      "to be told what they are",
      "Say whether they are softmax, sigmoid or logits (output.meaning).",
    );
  }
  if (meaning !== "logits" && !within) {
    throw refused(
      model.name,
      `${is} with numbers below 0 or above 1`,
      `probabilities (${meaning})`,
      "Say that they are logits (output.meaning).",
    );
  }
  if (meaning === "softmax" && !addsUp(values, output.channels, model.opset)) {
    throw refused(
      model.name,
      `${is}, whose channels do not add up to 1`,
      "a softmax over the channels",
      "Its Softmax runs along another axis: export the network again with dim=1, or with logits as its output.",
    );
  }
  return meaning;
}

/** To 1 at every voxel; up to opset 12 over the whole volume, which its share of each voxel's sum puts right. */
function addsUp(values: Float32Array, channels: number, opset: number): boolean {
  const voxels = values.length / channels;
  const sums = new Float64Array(voxels);
  values.forEach((value, at) => {
    sums[at % voxels]! += value;
  });
  const isOne = (sum: number): boolean => Math.abs(sum - 1) <= TOLERANCE;
  return sums.every(isOne) || (opset < 13 && isOne(sums.reduce((total, sum) => total + sum, 0)));
}

async function valuesOf(
  engine: Engine,
  model: ReadModel,
  { input, observed, output }: OutputToCheck,
): Promise<Float32Array> {
  const { FLOAT } = TensorProto_DataType;
  const prefix = freePrefix(model, "sureseg/check");
  const image = `${prefix}image`;
  const values = `${prefix}values`;
  const before = new OnnxEmitter(`${prefix}in/`);
  castTo(before, { from: image, to: input.type, into: input.name });
  const after = new OnnxEmitter(`${prefix}out/`);
  castTo(after, { from: output.name, to: FLOAT, into: values });
  const session = await engine.open(
    rewired(model, {
      replaces: input.name,
      input: valueInfo(image, FLOAT, observed.input),
      before,
      after,
      outputs: [valueInfo(values, FLOAT, observed.dims.get(output.name)!)],
    }),
  );
  try {
    const data = noise(observed.input.reduce((product, size) => product * size, 1));
    const results = await session.run({ [image]: { type: "float32", dims: observed.input, data } });
    return results[values]!.data as Float32Array;
  } finally {
    await session.release();
  }
}
