/** Product of two matrices, either of them transposed on request (ONNX Gemm without its third operand). */
import { applyOperator, defineOperator, type Value } from "../operator.js";

interface ProductAttributes extends Record<string, unknown> {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export const matrixProductOperator = defineOperator<ProductAttributes>({
  name: "matrixProduct",
  results: ([a, b], { transposeA, transposeB }) => {
    const [rows, inner] = transposeA ? [a!.dims[1], a!.dims[0]] : a!.dims;
    const [other, columns] = transposeB ? [b!.dims[1], b!.dims[0]] : b!.dims;
    if (a!.dims.length !== 2 || b!.dims.length !== 2 || inner !== other) {
      throw new RangeError(`matrixProduct: [${a!.dims.join(", ")}] and [${b!.dims.join(", ")}] do not fit`);
    }
    return [{ type: a!.type, dims: [rows!, columns!] }];
  },
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node(
      "Gemm",
      inputs,
      { transA: attributes.transposeA ? 1 : 0, transB: attributes.transposeB ? 1 : 0 },
      outputs[0],
    ),
  gradient: ({ inputs, gradient, attributes: { transposeA, transposeB }, wanted }) => {
    const [a, b] = inputs as [Value, Value];
    const ofA = (): Value =>
      transposeA
        ? matrixProduct(b, gradient, { transposeA: transposeB, transposeB: true })
        : matrixProduct(gradient, b, { transposeB: !transposeB });
    const ofB = (): Value =>
      transposeB
        ? matrixProduct(gradient, a, { transposeA: true, transposeB: transposeA })
        : matrixProduct(a, gradient, { transposeA: !transposeA });
    return [wanted[0] ? ofA() : undefined, wanted[1] ? ofB() : undefined];
  },
});

/** a @ b; an operand whose option is set is transposed before. */
export const matrixProduct = (
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false }: Partial<ProductAttributes> = {},
): Value => applyOperator(matrixProductOperator, [a, b], { transposeA, transposeB });
