/**
 * A computation as typed values joined by operators: what networks, losses and optimisers are written in, what the
 * gradient walk reads, and what is encoded as an ONNX model.
 */
import type { Dimension, Dimensions } from "./dimension.js";
import type { ElementType, TensorData } from "./engine.js";
import type { Attributes, Computation, GraphNode, Operator, Value } from "./operator.js";

export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

export class Graph implements Computation {
  /** In the order of creation, which is an order of execution. */
  readonly nodes: GraphNode[] = [];
  readonly inputs = new Map<string, Value>();
  readonly outputs = new Map<string, Value>();
  readonly constants: Constant[] = [];
  private readonly scalars = new Map<number, Value>();
  private count = 0;

  /** A value fed at run time. */
  input(name: string, dims: Dimensions, type: ElementType = "float32"): Value {
    if (this.inputs.has(name)) throw new Error(`input ${name} is declared twice`);
    const value = this.value(type, dims);
    this.inputs.set(name, value);
    return value;
  }

  /** Declares a result of the model; a value may be a result under several names. */
  output(name: string, value: Value): void {
    if (this.outputs.has(name)) throw new Error(`output ${name} is declared twice`);
    this.outputs.set(name, value);
  }

  /** A fixed array stored in the model. */
  constant(data: TensorData, dims: readonly number[], type: ElementType = "float32"): Value {
    const value = this.value(type, dims);
    this.constants.push({ value, data });
    return value;
  }

  /** A fixed float32 number of shape [] (one copy a graph). */
  scalar(number: number): Value {
    const known = this.scalars.get(number);
    if (known) return known;
    const value = this.constant(Float32Array.of(number), []);
    this.scalars.set(number, value);
    return value;
  }

  /** Applies an operator and returns all its results. */
  apply<A extends Attributes>(operator: Operator<A>, inputs: readonly Value[], attributes: A): Value[] {
    for (const input of inputs) {
      if (input.graph !== this) throw new Error(`${operator.name}: an operand belongs to another graph`);
    }
    const outputs = operator
      .results(inputs, attributes)
      .map((result) => this.value(result.type, result.dims));
    this.nodes.push({ operator: operator as unknown as Operator, inputs, outputs, attributes });
    return outputs;
  }

  private value(type: ElementType, dims: readonly Dimension[]): Value {
    return { graph: this, id: this.count++, type, dims };
  }
}
