/** Operators that work element by element, with numpy broadcasting. */

import { input, type NodeCall, type Operator, type OperatorTable, single } from "../operator.js";
import {
  broadcastDims,
  broadcastValue,
  generate,
  type Kind,
  type ReferenceTensor,
  requireExact,
  requireKind,
  scalarOf,
  tensor,
} from "../tensor.js";

/** A function of one number; `kinds` says which arrays the operator takes, and the result is of the same kind. */
function unary(kinds: readonly Kind[], apply: (x: number) => number): Operator {
  return single(1, 1, (call) => map(oneOf(input(call, 0), kinds), apply));
}

function map(source: ReferenceTensor, apply: (x: number) => number): ReferenceTensor {
  return tensor(source.kind, source.dims, source.data.map(apply));
}

function oneOf(source: ReferenceTensor, kinds: readonly Kind[]): ReferenceTensor {
  if (!kinds.includes(source.kind)) throw new Error(`${source.kind} input is not supported`);
  return source;
}

/** Combines two arrays of one kind; `resultKind` is that kind unless given. */
function combine(
  call: NodeCall,
  kinds: readonly Kind[],
  apply: (a: number, b: number, kind: Kind) => number,
  resultKind?: Kind,
): ReferenceTensor {
  const a = oneOf(input(call, 0), kinds);
  const b = requireKind(input(call, 1), a.kind, "input 1");
  return generate(resultKind ?? a.kind, broadcastDims([a.dims, b.dims]), (at) =>
    apply(broadcastValue(a, at), broadcastValue(b, at), a.kind),
  );
}

function arithmetic(apply: (a: number, b: number) => number): Operator {
  return single(2, 2, (call) =>
    combine(call, numeric, (a, b, kind) => (kind === "integer" ? requireExact(apply(a, b)) : apply(a, b))),
  );
}

function comparison(kinds: readonly Kind[], apply: (a: number, b: number) => boolean): Operator {
  return single(2, 2, (call) => combine(call, kinds, (a, b) => Number(apply(a, b)), "bool"));
}

function logical(apply: (a: number, b: number) => number): Operator {
  return single(2, 2, (call) => combine(call, ["bool"], apply));
}

/** Any number of arrays of one kind, folded from the first to the last. */
function variadic(kinds: readonly Kind[], apply: (a: number, b: number) => number): Operator {
  return single(1, Number.POSITIVE_INFINITY, (call) => {
    const all = call.inputs.map((_, index) => oneOf(input(call, index), kinds));
    const kind = all[0]!.kind;
    for (const [index, each] of all.entries()) requireKind(each, kind, `input ${index}`);
    return generate(kind, broadcastDims(all.map((each) => each.dims)), (at) =>
      all.map((each) => broadcastValue(each, at)).reduce((a, b) => apply(a, b)),
    );
  });
}

const numeric: readonly Kind[] = ["float", "integer"];
const float: readonly Kind[] = ["float"];

function divide(call: NodeCall): ReferenceTensor {
  return combine(call, numeric, (a, b, kind) => {
    if (kind === "float") return a / b;
    if (b === 0) throw new Error("whole number divided by zero");
    return Math.trunc(a / b);
  });
}

function power(call: NodeCall): ReferenceTensor {
  const [base, exponent] = [requireKind(input(call, 0), "float", "input 0"), oneOf(input(call, 1), numeric)];
  return generate(
    "float",
    broadcastDims([base.dims, exponent.dims]),
    (at) => broadcastValue(base, at) ** broadcastValue(exponent, at),
  );
}

/** Lower limit first, then the upper one, as ONNX says for limits that cross. */
function clip(call: NodeCall): ReferenceTensor {
  const source = oneOf(input(call, 0), numeric);
  const limit = (index: number, otherwise: number) => {
    const given = call.inputs[index];
    return given ? scalarOf(requireKind(given, source.kind, `input ${index}`), `input ${index}`) : otherwise;
  };
  const low = limit(1, Number.NEGATIVE_INFINITY);
  const high = limit(2, Number.POSITIVE_INFINITY);
  return map(source, (x) => Math.min(Math.max(x, low), high));
}

function where(call: NodeCall): ReferenceTensor {
  const condition = requireKind(input(call, 0), "bool", "input 0");
  const [yes, no] = [input(call, 1), input(call, 2)];
  requireKind(no, yes.kind, "input 2");
  return generate(yes.kind, broadcastDims([condition.dims, yes.dims, no.dims]), (at) =>
    broadcastValue(broadcastValue(condition, at) ? yes : no, at),
  );
}

function leakyRelu(call: NodeCall): ReferenceTensor {
  const slope = call.attributes.float("alpha") ?? Math.fround(0.01);
  return map(requireKind(input(call, 0), "float", "input 0"), (x) => (x < 0 ? slope * x : x));
}

function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** erf(x) = 2/sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (1*3*...*(2n+1)) (DLMF 7.6.2): all terms of one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const elementwise: OperatorTable = {
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: single(2, 2, divide),
  Pow: single(2, 2, power),
  Max: variadic(numeric, Math.max),
  Min: variadic(numeric, Math.min),
  Sum: variadic(float, (a, b) => a + b),
  Neg: unary(numeric, (x) => -x),
  Abs: unary(numeric, Math.abs),
  Sign: unary(numeric, Math.sign),
  Floor: unary(float, Math.floor),
  Ceil: unary(float, Math.ceil),
  Sqrt: unary(float, Math.sqrt),
  Exp: unary(float, Math.exp),
  Log: unary(float, Math.log),
  Reciprocal: unary(float, (x) => 1 / x),
  Erf: unary(float, erf),
  Sigmoid: unary(float, sigmoid),
  Softplus: unary(float, softplus),
  Tanh: unary(float, Math.tanh),
  Relu: unary(float, (x) => Math.max(x, 0)),
  LeakyRelu: single(1, 1, leakyRelu),
  Clip: single(1, 3, clip),
  Where: single(3, 3, where),
  Greater: comparison(numeric, (a, b) => a > b),
  GreaterOrEqual: comparison(numeric, (a, b) => a >= b),
  Less: comparison(numeric, (a, b) => a < b),
  LessOrEqual: comparison(numeric, (a, b) => a <= b),
  Equal: comparison(["float", "integer", "bool"], (a, b) => a === b),
  And: logical((a, b) => a * b),
  Or: logical((a, b) => Math.max(a, b)),
  Not: unary(["bool"], (x) => 1 - x),
};
