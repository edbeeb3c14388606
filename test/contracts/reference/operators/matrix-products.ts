/** Products that sum over shared axes: Gemm, MatMul, Einsum. */

import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import {
  broadcastDims,
  broadcastValue,
  eachPosition,
  generate,
  type ReferenceTensor,
  requireKind,
  tensor,
  valueAt,
} from "../tensor.js";

function floatInput(call: NodeCall, index: number): ReferenceTensor {
  return requireKind(input(call, index), "float", `input ${index}`);
}

/** alpha A' B' + beta C, where ' transposes on demand and C broadcasts to the product. */
function gemm(call: NodeCall): ReferenceTensor {
  const alpha = call.attributes.float("alpha") ?? 1;
  const beta = call.attributes.float("beta") ?? 1;
  const transA = call.attributes.flag("transA", false);
  const transB = call.attributes.flag("transB", false);
  const [a, b] = [floatInput(call, 0), floatInput(call, 1)];
  const c = call.inputs[2] && floatInput(call, 2);
  if (a.dims.length !== 2 || b.dims.length !== 2) throw new Error(`[${a.dims}] x [${b.dims}]: not matrices`);
  const [rows, inner] = transA ? [a.dims[1]!, a.dims[0]!] : [a.dims[0]!, a.dims[1]!];
  const [other, columns] = transB ? [b.dims[1]!, b.dims[0]!] : [b.dims[0]!, b.dims[1]!];
  if (inner !== other)
    throw new Error(`[${a.dims}] x [${b.dims}]: inner lengths ${inner} and ${other} differ`);
  const dims = [rows, columns];
  if (c && broadcastDims([dims, c.dims]).join() !== dims.join()) {
    throw new Error(`[${c.dims}] does not broadcast to [${dims}]`);
  }
  return generate("float", dims, (at) => {
    const [row, column] = [at[0]!, at[1]!];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const left = transA ? a.data[k * rows + row]! : a.data[row * inner + k]!;
      const right = transB ? b.data[column * inner + k]! : b.data[k * columns + column]!;
      sum += left * right;
    }
    return alpha * sum + (c ? beta * broadcastValue(c, at) : 0);
  });
}

/** As numpy.matmul: a vector on the left is a row, on the right a column, and its axis is dropped from the result. */
function matMul(call: NodeCall): ReferenceTensor {
  const [a, b] = [floatInput(call, 0), floatInput(call, 1)];
  if (a.dims.length === 0 || b.dims.length === 0) throw new Error("a scalar is not a matrix");
  const left = a.dims.length === 1 ? tensor("float", [1, ...a.dims], a.data) : a;
  const right = b.dims.length === 1 ? tensor("float", [...b.dims, 1], b.data) : b;
  const [rows, inner] = left.dims.slice(-2) as [number, number];
  const [other, columns] = right.dims.slice(-2) as [number, number];
  if (inner !== other)
    throw new Error(`[${a.dims}] x [${b.dims}]: inner lengths ${inner} and ${other} differ`);
  const batch = broadcastDims([left.dims.slice(0, -2), right.dims.slice(0, -2)]);
  const product = generate("float", [...batch, rows, columns], (at) => {
    const outer = at.slice(0, -2);
    const [row, column] = at.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += broadcastMatrixValue(left, outer, row, k) * broadcastMatrixValue(right, outer, k, column);
    }
    return sum;
  });
  const dims = [...batch];
  if (a.dims.length > 1) dims.push(rows);
  if (b.dims.length > 1) dims.push(columns);
  return tensor("float", dims, product.data);
}

/** Element of a stack of matrices whose stack axes, and they alone, broadcast. */
function broadcastMatrixValue(
  source: ReferenceTensor,
  outer: readonly number[],
  row: number,
  column: number,
): number {
  const stack = source.dims.slice(0, -2);
  const skipped = outer.length - stack.length;
  const at = stack.map((dim, axis) => (dim === 1 ? 0 : outer[skipped + axis]!));
  return valueAt(source, [...at, row, column]);
}

/** Letters only: no ellipsis. Without "->" the result has the letters that occur once, in alphabetical order. */
function einsum(call: NodeCall): ReferenceTensor {
  const equation = call.attributes.text("equation")?.replaceAll(" ", "");
  if (!equation || !/^[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?$/.test(equation)) {
    throw new Error(`attribute "equation" = "${equation}" is not supported`);
  }
  const [inputs, result] = equation.split("->") as [string, string | undefined];
  const terms = inputs.split(",");
  const operands = call.inputs.map((_, index) => floatInput(call, index));
  if (terms.length !== operands.length)
    throw new Error(`"${equation}" does not fit ${operands.length} inputs`);
  const lengths = new Map<string, number>();
  for (const [index, term] of terms.entries()) {
    const { dims } = operands[index]!;
    if (term.length !== dims.length) throw new Error(`"${term}" does not fit [${dims}]`);
    for (const [axis, letter] of [...term].entries()) {
      if ((lengths.get(letter) ?? dims[axis]) !== dims[axis]) throw new Error(`"${letter}" has two lengths`);
      lengths.set(letter, dims[axis]!);
    }
  }
  const all = terms.join("");
  const once = [...lengths.keys()].filter((letter) => all.split(letter).length === 2).sort();
  const kept = result === undefined ? once : [...result];
  if (new Set(kept).size !== kept.length || kept.some((letter) => !lengths.has(letter))) {
    throw new Error(`attribute "equation" = "${equation}" has an impossible result`);
  }
  const summed = [...lengths.keys()].filter((letter) => !kept.includes(letter));
  const lengthsOf = (letters: readonly string[]) => letters.map((letter) => lengths.get(letter)!);
  const place = [...kept, ...summed];
  const axesOf = terms.map((term) => [...term].map((letter) => place.indexOf(letter)));
  return generate("float", lengthsOf(kept), (outer) => {
    let sum = 0;
    eachPosition(lengthsOf(summed), (inner) => {
      const at = [...outer, ...inner];
      let product = 1;
      for (const [index, operand] of operands.entries()) {
        product *= valueAt(
          operand,
          axesOf[index]!.map((axis) => at[axis]!),
        );
      }
      sum += product;
    });
    return sum;
  });
}

export const matrixProducts: OperatorTable = {
  Gemm: single(2, 3, gemm),
  MatMul: single(2, 2, matMul),
  Einsum: single(1, Number.POSITIVE_INFINITY, einsum),
};
