/** Feature maps become Gram matrices inside the graph, so that nothing large leaves the runtime. */
import { TensorProto_DataType } from "onnx-buf";
import { OnnxEmitter } from "../onnx-emitter.js";
import { decoded, type OnnxModel } from "../onnx-model.js";
import { valueInfo } from "../value-info.js";
import { freePrefix } from "./rewire.js";

/** The input that says which voxels of a window count: int64 [6], low then high along k, j, i, half open. */
export const INTERIOR_INPUT = "interior";

/** Names of the outputs that take the place of `features/<layer>`. */
export const gramOutputs = (layer: string) => ({
  /** F^T F in double precision, [C, C], of the matrix F with one row a voxel that counts and one column a channel. */
  gram: `gram/${layer}`,
  /** Sum of each column of F, [C]. */
  sums: `sums/${layer}`,
  /** Sizes of the feature map, int64 [5]. */
  sizes: `sizes/${layer}`,
});

const FEATURES = "features/";
/** Slice takes its bounds as operands from here on. */
const LEAST_OPSET = 10;
/** The spatial axes of a map's sizes [1, C, D, H, W]. */
const SPACE = { starts: [2], ends: [5], axes: [0] };

/**
 * The same model, decoded, with Gram matrices instead of its outputs `features/<layer>` [1, C, D, H, W]. A layer's voxel counts when
 * the first window voxel of its footprint does. Products are added up in double precision, because the square roots of the
 * matrix's eigenvalues are wanted: signatures agree with those of a singular value decomposition of F to 1e-6.
 *
 * @param model bytes whose first input is the image [1, C, D, H, W]; returned as they are where they are no model (the
 *   runtime says so when it opens them), have no such outputs, or operators too old for it (opset 9)
 */
export function withGramOutputs(model: Uint8Array): OnnxModel {
  const proto = decoded(model);
  if (proto === undefined) return model;
  const { graph } = proto;
  const opset = Number(proto.opsetImport.find(({ domain }) => domain === "")?.version ?? 0n);
  const [image] = graph?.input ?? [];
  const tapped = graph?.output.filter(({ name }) => name.startsWith(FEATURES)) ?? [];
  if (graph === undefined || image === undefined || tapped.length === 0 || opset < LEAST_OPSET) return model;

  const { INT64, DOUBLE } = TensorProto_DataType;
  const emit = new OnnxEmitter(freePrefix({ graph }, "sureseg/gram"));
  const [none, one] = [emit.integers([0]), emit.integers([1])];
  const window = emit.slice(emit.node("Shape", [image.name]), SPACE);
  const bounds = [0, 3].map((start) =>
    emit.slice(INTERIOR_INPUT, { starts: [start], ends: [start + 3], axes: [0] }),
  );
  // A map finer than the image or without a voxel is refused by its sizes, which an integer division by 0 would prevent.
  const notZero = (size: string): string =>
    emit.node("Add", [size, emit.node("Cast", [emit.node("Equal", [size, none])], { to: INT64 })]);
  const zero = emit.node("Cast", [emit.float(0)], { to: DOUBLE });
  const outputs = tapped.flatMap(({ name: features }) => {
    const names = gramOutputs(features.slice(FEATURES.length));
    emit.node("Shape", [features], {}, names.sizes);
    const stride = notZero(emit.node("Div", [window, notZero(emit.slice(names.sizes, SPACE))]));
    const [low, high] = bounds.map((bound) =>
      emit.node("Div", [emit.node("Sub", [emit.node("Add", [bound, stride]), one]), stride]),
    );
    const inside = emit.node("Slice", [features, low!, high!, emit.integers([2, 3, 4])]);
    const flat = emit.node("Flatten", [inside], { axis: 2 });
    const matrix = emit.node("Cast", [flat], { to: DOUBLE });
    emit.node("Gemm", [matrix, matrix, zero], { transB: 1 }, names.gram);
    // The axes were an attribute up to opset 12.
    const sum = { keepdims: 0 };
    if (opset < 13) emit.node("ReduceSum", [matrix], { ...sum, axes: [1] }, names.sums);
    else emit.node("ReduceSum", [matrix, one], sum, names.sums);
    return [
      valueInfo(
        names.gram,
        DOUBLE,
        ["C", "C"].map((axis) => `${axis}/${features}`),
      ),
      valueInfo(names.sums, DOUBLE, [`C/${features}`]),
      valueInfo(names.sizes, INT64, [5]),
    ];
  });
  return {
    ...proto,
    graph: {
      ...graph,
      input: [...graph.input, valueInfo(INTERIOR_INPUT, INT64, [6])],
      node: [...graph.node, ...emit.nodes],
      initializer: [...graph.initializer, ...emit.initializers],
      output: [...graph.output.filter((output) => !tapped.includes(output)), ...outputs],
    },
  };
}
