/** Convolutions over any number of spatial axes, straight from the definition. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import { eachPosition, type ReferenceTensor, requireDims, requireKind, sizeOf, tensor } from "../tensor.js";
import { meet, readWindowAttributes, type Windows, windowCounts, windowsOf } from "./windows.js";

/** Pairs of places that one kernel offset joins: on the small side `position`, on the large side where it is met. */
function eachMeeting(
  windows: Windows,
  large: readonly number[],
  small: readonly number[],
  visit: (kernelPlace: number, largePlace: number, smallPlace: number) => void,
): void {
  let smallPlace = 0;
  eachPosition(small, (position) => {
    let kernelPlace = 0;
    eachPosition(windows.kernel, (offset) => {
      const largePlace = meet(windows, large, position, offset);
      if (largePlace >= 0) visit(kernelPlace, largePlace, smallPlace);
      kernelPlace++;
    });
    smallPlace++;
  });
}

function operands(call: NodeCall, groups: number) {
  const source = requireKind(input(call, 0), "float", "input 0");
  const weights = requireKind(input(call, 1), "float", "input 1");
  const bias = call.inputs[2] && requireKind(call.inputs[2], "float", "input 2");
  const rank = source.dims.length - 2;
  if (rank < 1 || weights.dims.length !== rank + 2) {
    throw new Error(`input [${source.dims}] and weights [${weights.dims}] do not fit`);
  }
  if (source.dims[1]! % groups !== 0) throw new Error(`${source.dims[1]} channels in ${groups} groups`);
  return { source, weights, bias };
}

/** Gives every plane [sample, channel] its channel's value. */
function fillPlanes(result: Float64Array, size: number, values: Float64Array): void {
  for (let plane = 0; plane * size < result.length; plane++) {
    result.fill(values[plane % values.length]!, plane * size, (plane + 1) * size);
  }
}

/** y[n, m, p] = b[m] + sum over c, o of x[n, group(m) C/g + c, p stride + o dilation - pad] w[m, c, o]. */
function conv(call: NodeCall): ReferenceTensor {
  const groups = call.attributes.integer("group") ?? 1;
  const attributes = readWindowAttributes(call.attributes);
  const { source, weights, bias } = operands(call, groups);
  const [samples, channels, ...spatial] = source.dims as [number, number, ...number[]];
  const [features, perGroup, ...kernel] = weights.dims as [number, number, ...number[]];
  if (perGroup * groups !== channels || features % groups !== 0) {
    throw new Error(`weights [${weights.dims}] in ${groups} groups do not fit ${channels} channels`);
  }
  if (bias) requireDims(bias, [features], "bias");
  const windows = windowsOf(attributes, kernel);
  const counts = windowCounts(windows, spatial);
  const [inSize, outSize, kernelSize] = [sizeOf(spatial), sizeOf(counts), sizeOf(kernel)];
  const result = new Float64Array(samples * features * outSize);
  if (bias) fillPlanes(result, outSize, bias.data);
  eachMeeting(windows, spatial, counts, (offset, inPlace, outPlace) => {
    for (let n = 0; n < samples; n++) {
      for (let m = 0; m < features; m++) {
        const group = Math.floor(m / (features / groups));
        for (let c = 0; c < perGroup; c++) {
          const x = source.data[(n * channels + group * perGroup + c) * inSize + inPlace]!;
          const w = weights.data[(m * perGroup + c) * kernelSize + offset]!;
          result[(n * features + m) * outSize + outPlace]! += x * w;
        }
      }
    }
  });
  return tensor("float", [samples, features, ...counts], result);
}

/** The transpose of `conv` as a linear map: every input voxel sends its value, weighted, to the window it stands for. */
function convTranspose(call: NodeCall): ReferenceTensor {
  const groups = call.attributes.integer("group") ?? 1;
  const extra = call.attributes.integers("output_padding");
  const attributes = readWindowAttributes(call.attributes);
  const { source, weights, bias } = operands(call, groups);
  const [samples, channels, ...spatial] = source.dims as [number, number, ...number[]];
  const [rows, perGroup, ...kernel] = weights.dims as [number, number, ...number[]];
  if (rows !== channels) throw new Error(`weights [${weights.dims}] do not fit ${channels} channels`);
  const features = perGroup * groups;
  if (bias) requireDims(bias, [features], "bias");
  const windows = windowsOf(attributes, kernel);
  if (extra && extra.length !== kernel.length)
    throw new Error(`output_padding [${extra}] has a wrong length`);
  const counts = spatial.map(
    (length, axis) =>
      windows.strides[axis]! * (length - 1) +
      (extra?.[axis] ?? 0) +
      (kernel[axis]! - 1) * windows.dilations[axis]! +
      1 -
      windows.before[axis]! -
      windows.after[axis]!,
  );
  const [inSize, outSize, kernelSize] = [sizeOf(spatial), sizeOf(counts), sizeOf(kernel)];
  const result = new Float64Array(samples * features * outSize);
  if (bias) fillPlanes(result, outSize, bias.data);
  eachMeeting(windows, counts, spatial, (offset, outPlace, inPlace) => {
    for (let n = 0; n < samples; n++) {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / (channels / groups));
        for (let m = 0; m < perGroup; m++) {
          const x = source.data[(n * channels + c) * inSize + inPlace]!;
          const w = weights.data[(c * perGroup + m) * kernelSize + offset]!;
          result[(n * features + group * perGroup + m) * outSize + outPlace]! += x * w;
        }
      }
    }
  });
  return tensor("float", [samples, features, ...counts], result);
}

export const convolutions: OperatorTable = {
  Conv: single(2, 3, conv),
  ConvTranspose: single(2, 3, convTranspose),
};
