/** What an operator is to the reference evaluator, and the checks that all of them need. */

import type { Attributes } from "./decode.js";
import type { ReferenceTensor } from "./tensor.js";

/** What an operator sees of its node. */
export interface NodeCall {
  /** Inputs in order; an optional one left out is undefined. */
  readonly inputs: readonly (ReferenceTensor | undefined)[];
  readonly attributes: Attributes;
  /** How many outputs the node names. */
  readonly outputCount: number;
}

/** One row of the operator table. */
export interface Operator {
  /** Fewest and most inputs. */
  readonly arity: readonly [number, number];
  readonly evaluate: (call: NodeCall) => ReferenceTensor[];
}

/** Operators by exact ONNX name. */
export type OperatorTable = Readonly<Record<string, Operator>>;

/** A row for an operator of one output. */
export function single(
  fewest: number,
  most: number,
  evaluate: (call: NodeCall) => ReferenceTensor,
): Operator {
  return { arity: [fewest, most], evaluate: (call) => [evaluate(call)] };
}

/** The input at a place; throws when it was left out. */
export function input(call: NodeCall, index: number): ReferenceTensor {
  const value = call.inputs[index];
  if (value === undefined) throw new Error(`input ${index} is missing`);
  return value;
}
