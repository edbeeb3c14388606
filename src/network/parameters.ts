/**
 * The learnable numbers of a network: one flat float32 vector, with a layout that says which part is what.
 *
 * One vector keeps the training step small (one optimiser update, one input, one output), and makes checkpoints and
 * exports a matter of slicing.
 */
import type { Random } from "../base/index.js";
import { elementCount } from "../graph/dimension.js";
import { type Graph, reshape, slice, type Value } from "../graph/index.js";

/** How a parameter starts. */
export type Initial =
  | { readonly kind: "constant"; readonly value: number }
  /** Normal with standard deviation sqrt(2 / (1 + slope^2) / fanIn) (He et al., 2015). */
  | { readonly kind: "kaiming"; readonly fanIn: number; readonly slope: number };

export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Place of its first number in the flat vector. */
  readonly offset: number;
  readonly initial: Initial;
}

export type ParameterLayout = readonly Parameter[];

/** Where an architecture gets its parameters (and dropout masks) from. */
export interface ParameterSource {
  parameter(name: string, dims: readonly number[], initial: Initial): Value;
  /** A factor [N, channels, 1, 1, 1] for one dropout layer, or undefined where dropout is off. */
  dropoutMask(layer: string, channels: number): Value | undefined;
}

export interface DropoutOptions {
  /** Whether each dropout layer has an input for its mask; without it there is no dropout. */
  readonly masks: boolean;
}

/** Number of elements of the flat vector. */
export function parameterCount(layout: ParameterLayout): number {
  return layout.reduce((total, { dims }) => total + elementCount(dims), 0);
}

/** Notes what an architecture asks for; its graph is thrown away. */
export class LayoutRecorder implements ParameterSource {
  readonly layout: Parameter[] = [];
  readonly dropoutLayers: { layer: string; channels: number }[] = [];
  private offset = 0;

  constructor(
    private readonly graph: Graph,
    private readonly options: DropoutOptions,
  ) {}

  parameter(name: string, dims: readonly number[], initial: Initial): Value {
    if (this.layout.some((known) => known.name === name)) throw new Error(`parameter ${name} is named twice`);
    this.layout.push({ name, dims, offset: this.offset, initial });
    this.offset += elementCount(dims);
    return this.graph.input(name, dims);
  }

  dropoutMask(layer: string, channels: number): Value | undefined {
    if (!this.options.masks) return undefined;
    this.dropoutLayers.push({ layer, channels });
    return this.graph.input(dropoutInput(layer), [1, channels, 1, 1, 1]);
  }
}

/** Name of the input that feeds a dropout layer's mask. */
export const dropoutInput = (layer: string): string => `dropout/${layer}`;

/** Parameters as slices of one flat input: the form that trains. */
export class FlatParameters implements ParameterSource {
  /** The parameters handed out so far, in the order of the layout. */
  readonly values: Value[] = [];

  constructor(
    private readonly flat: Value,
    private readonly layout: ParameterLayout,
    /** Batch size of the dropout masks; undefined switches dropout off. */
    private readonly maskBatch?: number | string,
  ) {}

  parameter(name: string): Value {
    const parameter = this.layout[this.values.length];
    if (parameter?.name !== name) throw new Error(`parameter ${name} is not next in the layout`);
    const { offset, dims } = parameter;
    const value = reshape(slice(this.flat, 0, offset, offset + elementCount(dims)), dims);
    this.values.push(value);
    return value;
  }

  dropoutMask(layer: string, channels: number): Value | undefined {
    if (this.maskBatch === undefined) return undefined;
    return this.flat.graph.input(dropoutInput(layer), [this.maskBatch, channels, 1, 1, 1]);
  }
}

/** Parameters as constants of the graph: the form that is exported. */
export class FixedParameters implements ParameterSource {
  private position = 0;

  constructor(
    private readonly graph: Graph,
    private readonly values: Float32Array,
    private readonly layout: ParameterLayout,
    private readonly options: DropoutOptions,
  ) {}

  parameter(name: string): Value {
    const parameter = this.layout[this.position++];
    if (parameter?.name !== name) throw new Error(`parameter ${name} is not next in the layout`);
    const { offset, dims } = parameter;
    return this.graph.constant(this.values.slice(offset, offset + elementCount(dims)), dims);
  }

  dropoutMask(layer: string, channels: number): Value | undefined {
    return this.options.masks ? this.graph.input(dropoutInput(layer), ["N", channels, 1, 1, 1]) : undefined;
  }
}

/** Fresh values for a layout, drawn in its order. */
export function initialParameters(layout: ParameterLayout, random: Random): Float32Array {
  const values = new Float32Array(parameterCount(layout));
  for (const { dims, offset, initial } of layout) {
    const end = offset + elementCount(dims);
    if (initial.kind === "constant") {
      values.fill(initial.value, offset, end);
      continue;
    }
    const deviation = Math.sqrt(2 / (1 + initial.slope ** 2) / initial.fanIn);
    for (let i = offset; i < end; i++) values[i] = deviation * random.normal();
  }
  return values;
}
