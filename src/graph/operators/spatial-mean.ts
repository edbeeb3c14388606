/** The mean over space, which may be of open size: for norms and gates that see a whole feature map. */
import { elementCount, knownSizes } from "../dimension.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";
import { multiply } from "./arithmetic.js";
import { expand } from "./reduction.js";

const SPACE = [2, 3, 4];

export const spatialMeanOperator = defineOperator<Record<string, never>>({
  name: "spatialMean",
  results: ([x]) => [{ type: x!.type, dims: x!.dims.map((size, axis) => (SPACE.includes(axis) ? 1 : size)) }],
  lower: ({ emit, inputs, outputs }) =>
    emit.node("ReduceMean", [inputs[0]!, emit.integers(SPACE)], { keepdims: 1 }, outputs[0]),
  gradient: ({ inputs, gradient }) => {
    const dims = knownSizes(inputs[0]!.dims, "spatialMean");
    const voxels = elementCount(dims.slice(2));
    return [expand(multiply(gradient, 1 / voxels), dims)];
  },
});

/** @param x [N, C, D, H, W] @returns [N, C, 1, 1, 1] */
export const spatialMean = (x: Value): Value => applyOperator(spatialMeanOperator, [x], {});
