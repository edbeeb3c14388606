/**
 * Instance normalisation (Ulyanov et al., 2016): every channel of every sample to mean 0 and variance 1 over space,
 * then scaled and shifted per channel. Matches ONNX InstanceNormalization and PyTorch's InstanceNorm3d(affine=True).
 */
import { elementCount, knownSizes } from "../dimension.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";

interface NormAttributes extends Record<string, unknown> {
  readonly epsilon: number;
}

/**
 * (x, scale, gradient) -> gradients of x, scale and shift.
 *
 * With c = x - mean, r = 1 / sqrt(variance + epsilon), S voxels, s1 = sum(dy) and s2 = sum(dy * c):
 * dx = scale * r * (dy - s1 / S - c * r^2 * s2 / S), which is `a * dy + b * c + d` with one a, b, d a channel:
 * three passes over the feature map instead of a dozen.
 */
export const instanceNormGradientOperator = defineOperator<NormAttributes>({
  name: "instanceNormGradient",
  results: ([x, scale]) => [
    { type: x!.type, dims: x!.dims },
    { type: x!.type, dims: scale!.dims },
    { type: x!.type, dims: scale!.dims },
  ],
  lower: ({ emit, inputs, outputs, operands, attributes }) => {
    const [samples, channels, ...space] = knownSizes(operands[0]!.dims, "instanceNormGradient") as [
      number,
      number,
      ...number[],
    ];
    const voxels = elementCount(space);
    const rows = [samples, channels, voxels];
    const [x, scale, gradient] = inputs as [string, string, string];
    const overVoxels = emit.integers([2]);
    const keep = { keepdims: 1 };

    const flatX = emit.reshape(x, rows);
    const flatGradient = emit.reshape(gradient, rows);
    const centred = emit.node("Sub", [flatX, emit.node("ReduceMean", [flatX, overVoxels], keep)]);
    const variance = emit.node("Mul", [
      emit.node("ReduceSum", [emit.node("Mul", [centred, centred]), overVoxels], keep),
      emit.float(1 / voxels),
    ]);
    const deviation = emit.node("Sqrt", [emit.node("Add", [variance, emit.float(attributes.epsilon)])]);
    const r = emit.node("Reciprocal", [deviation]);
    const gradientSum = emit.node("ReduceSum", [flatGradient, overVoxels], keep);
    const product = emit.node("Mul", [flatGradient, centred]);
    const productSum = emit.node("ReduceSum", [product, overVoxels], keep);
    const scaledProduct = emit.node("Mul", [productSum, r]);

    const a = emit.node("Mul", [emit.reshape(scale, [1, channels, 1]), r]);
    const minusA = emit.node("Mul", [a, emit.float(-1 / voxels)]);
    const b = emit.node("Mul", [minusA, emit.node("Mul", [scaledProduct, r])]);
    const d = emit.node("Mul", [minusA, gradientSum]);
    const first = emit.node("Mul", [flatGradient, a]);
    const second = emit.node("Mul", [centred, b]);
    const shifted = emit.node("Add", [emit.node("Add", [first, second]), d]);
    emit.reshape(shifted, [samples, channels, ...space], outputs[0]);

    const overSamples = emit.integers([0, 2]);
    emit.node("ReduceSum", [scaledProduct, overSamples], { keepdims: 0 }, outputs[1]);
    emit.node("ReduceSum", [gradientSum, overSamples], { keepdims: 0 }, outputs[2]);
  },
});

export const instanceNormOperator = defineOperator<NormAttributes>({
  name: "instanceNorm",
  results: ([x, scale, shift]) => {
    const channels = x!.dims[1];
    if (scale!.dims[0] !== channels || shift!.dims[0] !== channels) {
      throw new RangeError(`instanceNorm: scale and shift must have ${channels} elements`);
    }
    return [{ type: x!.type, dims: x!.dims }];
  },
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("InstanceNormalization", inputs, { epsilon: { float: attributes.epsilon } }, outputs[0]),
  gradient: ({ inputs, gradient, attributes }) => {
    const [x, scale] = inputs as [Value, Value];
    return x.graph.apply(instanceNormGradientOperator, [x, scale, gradient], attributes);
  },
});

/** @param x [N, C, ...space]; @param scale, shift [C] */
export const instanceNorm = (x: Value, scale: Value, shift: Value, epsilon = 1e-5): Value =>
  applyOperator(instanceNormOperator, [x, scale, shift], { epsilon });
