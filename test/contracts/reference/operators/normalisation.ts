/** Operators that bring groups of elements to a common scale. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import { frontAxis, type ReferenceTensor, requireDims, requireKind, sizeOf, tensor } from "../tensor.js";

const defaultEpsilon = Math.fround(1e-5);

function floatInput(call: NodeCall, index: number): ReferenceTensor {
  return requireKind(input(call, index), "float", `input ${index}`);
}

/** Applies `transform` to each line along one axis. */
function alongAxis(call: NodeCall, transform: (line: readonly number[]) => number[]): ReferenceTensor {
  const axisGiven = call.attributes.integer("axis") ?? -1;
  const source = floatInput(call, 0);
  const axis = frontAxis(axisGiven, source.dims.length);
  const length = source.dims[axis]!;
  const inner = sizeOf(source.dims.slice(axis + 1));
  const result = new Float64Array(source.data.length);
  for (let outer = 0; outer < sizeOf(source.dims.slice(0, axis)); outer++) {
    for (let column = 0; column < inner; column++) {
      const places = Array.from({ length }, (_, k) => (outer * length + k) * inner + column);
      const line = transform(places.map((place) => source.data[place]!));
      for (const [k, place] of places.entries()) result[place] = line[k]!;
    }
  }
  return tensor("float", source.dims, result);
}

/** log(exp(x_i) / sum of exp(x_j)), shifted by the largest element so that nothing overflows. */
function logSoftmax(line: readonly number[]): number[] {
  const largest = line.reduce((a, b) => Math.max(a, b));
  const total = line.reduce((sum, x) => sum + Math.exp(x - largest), 0);
  return line.map((x) => x - largest - Math.log(total));
}

/** Each channel of each sample to mean 0 and (biased) variance 1 over space, then scaled and shifted per channel. */
function instanceNormalization(call: NodeCall): ReferenceTensor {
  const epsilon = call.attributes.float("epsilon") ?? defaultEpsilon;
  const [source, scale, shift] = [floatInput(call, 0), floatInput(call, 1), floatInput(call, 2)];
  const [samples, channels, ...spatial] = source.dims as [number, number, ...number[]];
  requireDims(scale, [channels], "scale");
  requireDims(shift, [channels], "B");
  const size = sizeOf(spatial);
  const result = new Float64Array(source.data.length);
  for (let plane = 0; plane < samples * channels; plane++) {
    const voxels = source.data.subarray(plane * size, (plane + 1) * size);
    const mean = voxels.reduce((sum, x) => sum + x, 0) / size;
    const variance = voxels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size;
    const channel = plane % channels;
    const normalised = voxels.map(
      (x) => (scale.data[channel]! * (x - mean)) / Math.sqrt(variance + epsilon) + shift.data[channel]!,
    );
    result.set(normalised, plane * size);
  }
  return tensor("float", source.dims, result);
}

/** Inference only: mean and variance are inputs. */
function batchNormalization(call: NodeCall): ReferenceTensor {
  const epsilon = call.attributes.float("epsilon") ?? defaultEpsilon;
  call.attributes.float("momentum");
  if (call.attributes.flag("training_mode", false)) {
    throw new Error(`attribute "training_mode" = 1 is not supported`);
  }
  const [source, scale, shift] = [floatInput(call, 0), floatInput(call, 1), floatInput(call, 2)];
  const [mean, variance] = [floatInput(call, 3), floatInput(call, 4)];
  const channels = source.dims[1] ?? 1;
  for (const [index, each] of [scale, shift, mean, variance].entries()) {
    requireDims(each, [channels], `input ${index + 1}`);
  }
  const size = sizeOf(source.dims.slice(2));
  const result = source.data.map((x, flat) => {
    const channel = Math.floor(flat / size) % channels;
    const normalised = (x - mean.data[channel]!) / Math.sqrt(variance.data[channel]! + epsilon);
    return scale.data[channel]! * normalised + shift.data[channel]!;
  });
  return tensor("float", source.dims, result);
}

export const normalisation: OperatorTable = {
  Softmax: single(1, 1, (call) => alongAxis(call, (line) => logSoftmax(line).map(Math.exp))),
  LogSoftmax: single(1, 1, (call) => alongAxis(call, logSoftmax)),
  InstanceNormalization: single(3, 3, instanceNormalization),
  BatchNormalization: single(5, 5, batchNormalization),
};
