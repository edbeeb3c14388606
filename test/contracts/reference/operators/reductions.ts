/** Operators that fold axes away. Axes come as the second input (opset 18; ReduceSum 13) or as an attribute. */

import { input, type NodeCall, type Operator, type OperatorTable, single } from "../operator.js";
import {
  eachPosition,
  flatIndex,
  frontAxes,
  integersOf,
  type Kind,
  type ReferenceTensor,
  sizeOf,
  tensor,
} from "../tensor.js";

interface Fold {
  readonly kinds: readonly Kind[];
  /** Folds the elements of one group. */
  readonly of: (elements: readonly number[]) => number;
  /** Result for a group of none, where there is one. */
  readonly ofNone?: number;
  /** True where folding one element gives that element. */
  readonly keepsOne: boolean;
}

function reduction(fold: Fold): Operator {
  return single(1, 2, (call) => reduce(call, fold));
}

function reduce(call: NodeCall, fold: Fold): ReferenceTensor {
  const source = input(call, 0);
  const listed = call.attributes.integers("axes");
  const keepDims = call.attributes.flag("keepdims", true);
  const emptyMeansNone = call.attributes.flag("noop_with_empty_axes", false);
  if (!fold.kinds.includes(source.kind)) throw new Error(`${source.kind} input is not supported`);
  if (listed && call.inputs[1]) throw new Error("axes are given both as input and as attribute");

  const rank = source.dims.length;
  let axes = frontAxes(call.inputs[1] ? integersOf(call.inputs[1], "axes") : (listed ?? []), rank);
  if (axes.length === 0 && emptyMeansNone) {
    // Versions of ONNX disagree on whether a square or a root is still taken, so only the clear cases are answered.
    if (!fold.keepsOne) throw new Error(`attribute "noop_with_empty_axes" is ambiguous here`);
    return source;
  }
  if (axes.length === 0) axes = source.dims.map((_, axis) => axis);

  const keptDims = source.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const groups = Array.from({ length: sizeOf(keptDims) }, () => [] as number[]);
  let flat = 0;
  eachPosition(source.dims, (at) => {
    const group = at.map((index, axis) => (axes.includes(axis) ? 0 : index));
    groups[flatIndex(keptDims, group)]!.push(source.data[flat++]!);
  });
  const results = groups.map((elements) => {
    if (elements.length > 0) return fold.of(elements);
    if (fold.ofNone === undefined) throw new Error("cannot fold an axis of length 0");
    return fold.ofNone;
  });
  const dims = keepDims ? keptDims : source.dims.filter((_, axis) => !axes.includes(axis));
  return tensor(source.kind, dims, results);
}

const sum = (elements: readonly number[]) => elements.reduce((total, x) => total + x, 0);
const largest = (elements: readonly number[]) => elements.reduce((a, b) => Math.max(a, b));
const smallest = (elements: readonly number[]) => elements.reduce((a, b) => Math.min(a, b));
const squares = (elements: readonly number[]) => elements.map((x) => x * x);

export const reductions: OperatorTable = {
  ReduceSum: reduction({ kinds: ["float", "integer"], of: sum, ofNone: 0, keepsOne: true }),
  ReduceMean: reduction({ kinds: ["float"], of: (x) => sum(x) / x.length, keepsOne: true }),
  ReduceMax: reduction({ kinds: ["float", "integer"], of: largest, keepsOne: true }),
  ReduceMin: reduction({ kinds: ["float", "integer"], of: smallest, keepsOne: true }),
  ReduceL1: reduction({ kinds: ["float"], of: (x) => sum(x.map(Math.abs)), ofNone: 0, keepsOne: false }),
  ReduceL2: reduction({
    kinds: ["float"],
    of: (x) => Math.sqrt(sum(squares(x))),
    ofNone: 0,
    keepsOne: false,
  }),
  ReduceSumSquare: reduction({ kinds: ["float"], of: (x) => sum(squares(x)), ofNone: 0, keepsOne: false }),
};
