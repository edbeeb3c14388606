/** The operator table: every operator by its name. To add one, write its file and name it here. */
import type { Operator } from "../operator.js";
import * as arithmetic from "./arithmetic.js";
import * as convolutions from "./convolution.js";
import * as weightGradient from "./convolution-weight-gradient.js";
import * as norms from "./instance-norm.js";
import * as rectifiers from "./leaky-relu.js";
import * as products from "./matrix-product.js";
import * as reductions from "./reduction.js";
import * as selections from "./selection.js";
import * as shapes from "./shape.js";
import * as spatialMeans from "./spatial-mean.js";
import * as unaries from "./unary.js";
import * as upsampling from "./upsampling-convolution.js";

const entries: unknown[] = [
  arithmetic.addOperator,
  arithmetic.subtractOperator,
  arithmetic.multiplyOperator,
  arithmetic.divideOperator,
  arithmetic.negateOperator,
  unaries.exponentialOperator,
  unaries.logarithmOperator,
  unaries.squareRootOperator,
  unaries.reciprocalOperator,
  unaries.absoluteOperator,
  unaries.signOperator,
  unaries.sigmoidOperator,
  unaries.tanhOperator,
  unaries.softplusOperator,
  reductions.sumOperator,
  reductions.expandOperator,
  shapes.reshapeOperator,
  shapes.transposeOperator,
  shapes.sliceOperator,
  shapes.padOperator,
  shapes.concatenateOperator,
  selections.greaterOperator,
  selections.whereOperator,
  rectifiers.leakyReluOperator,
  rectifiers.leakyReluGradientOperator,
  products.matrixProductOperator,
  spatialMeans.spatialMeanOperator,
  norms.instanceNormOperator,
  norms.instanceNormGradientOperator,
  convolutions.convolutionOperator,
  convolutions.convolutionInputGradientOperator,
  weightGradient.convolutionWeightGradientOperator,
  upsampling.upsamplingConvolutionOperator,
  upsampling.upsamplingInputGradientOperator,
  upsampling.upsamplingWeightGradientOperator,
];

export const operators: ReadonlyMap<string, Operator> = new Map(
  (entries as Operator[]).map((operator) => [operator.name, operator]),
);

export { add, divide, multiply, negate, type Operand, subtract } from "./arithmetic.js";
export { convolution } from "./convolution.js";
export { instanceNorm } from "./instance-norm.js";
export { leakyRelu } from "./leaky-relu.js";
export { matrixProduct } from "./matrix-product.js";
export { mean } from "./mean.js";
export { expand, sum } from "./reduction.js";
export { greater, maximum, minimum, where } from "./selection.js";
export { concatenate, pad, reshape, slice, transpose } from "./shape.js";
export { spatialMean } from "./spatial-mean.js";
export {
  absolute,
  exponential,
  logarithm,
  reciprocal,
  sigmoid,
  softplus,
  square,
  squareRoot,
  tanh,
} from "./unary.js";
export { upsamplingConvolution } from "./upsampling-convolution.js";
