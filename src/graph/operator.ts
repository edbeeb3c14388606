/**
 * What a computation is made of: values, the operators that join them, and what operators may ask of the graph. An
 * operator is one entry with its shape rule, its lowering to ONNX and its gradient.
 */
import type { Dimensions } from "./dimension.js";
import type { ElementType, TensorData } from "./engine.js";
import type { OnnxEmitter } from "./onnx-emitter.js";

/** One array of the computation: an input, a constant or a result of a node. */
export interface Value {
  readonly graph: Computation;
  readonly id: number;
  readonly type: ElementType;
  readonly dims: Dimensions;
}

/** One application of an operator. */
export interface GraphNode {
  readonly operator: Operator;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** The graph as its values know it: what operators and the gradient walk read of it and add to it. */
export interface Computation {
  /** In the order of creation, which is an order of execution. */
  readonly nodes: readonly GraphNode[];
  /** A value fed at run time. */
  input(name: string, dims: Dimensions, type?: ElementType): Value;
  /** A fixed array stored in the model. */
  constant(data: TensorData, dims: readonly number[], type?: ElementType): Value;
  /** A fixed float32 number of shape [] (one copy a graph). */
  scalar(number: number): Value;
  /** Applies an operator and returns all its results. */
  apply<A extends Attributes>(operator: Operator<A>, inputs: readonly Value[], attributes: A): Value[];
}

export type Attributes = Readonly<Record<string, unknown>>;

/** Element type and dimensions: all that a shape rule may look at. */
export interface Typed {
  readonly type: ElementType;
  readonly dims: Dimensions;
}

export interface Lowering<A extends Attributes> {
  readonly emit: OnnxEmitter;
  /** Names of the operands in the ONNX graph. */
  readonly inputs: readonly string[];
  /** Names under which the results must appear in the ONNX graph. */
  readonly outputs: readonly string[];
  readonly operands: readonly Typed[];
  readonly results: readonly Typed[];
  readonly attributes: A;
}

export interface GradientRequest<A extends Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
  /** Gradient of the loss with respect to the only result. */
  readonly gradient: Value;
  /** Which operands need a gradient; a rule may skip the others. */
  readonly wanted: readonly boolean[];
}

export interface Operator<A extends Attributes = Attributes> {
  readonly name: string;
  /** Types and dimensions of the results; throws RangeError where the operands do not fit. */
  results(operands: readonly Typed[], attributes: A): Typed[];
  /** Writes ONNX nodes that compute the results. */
  lower(lowering: Lowering<A>): void;
  /**
   * Gradients with respect to the operands (undefined where none is wanted or none exists).
   * Absent where the operator is itself part of a gradient and is not differentiated again.
   */
  gradient?(request: GradientRequest<A>): (Value | undefined)[];
}

/** Names an entry of the operator table; only the type of its attributes is added. */
export function defineOperator<A extends Attributes>(operator: Operator<A>): Operator<A> {
  return operator;
}

/** Applies an operator that has one result. */
export function applyOperator<A extends Attributes>(
  operator: Operator<A>,
  inputs: readonly [Value, ...Value[]],
  attributes: A,
): Value {
  return inputs[0].graph.apply(operator, inputs, attributes)[0] as Value;
}
