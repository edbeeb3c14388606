/**
 * The contract of every operator: what its nodes compute in double precision agrees with ONNX Runtime in Node and in
 * WebAssembly, and its gradient agrees with central differences in double precision.
 */

import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import {
  type Engine,
  encode,
  Graph,
  gradients,
  multiply,
  sum,
  type Tensor,
  type Value,
} from "../../src/graph/index.js";
import type { Attributes } from "../../src/graph/operator.js";
import { operators } from "../../src/graph/operators/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { centralDifferences, expectClose } from "./reference/gradient-check.js";
import { openReference } from "./reference/reference-session.js";

interface Sample {
  readonly operands: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  /** Range of the random operands; default [-2, 2], each at least 0.1 away from 0. */
  readonly range?: readonly [number, number];
  /** Which operands are conditions (bool). */
  readonly conditions?: readonly number[];
}

const convolutions = [
  { kernel: [3, 3, 3], stride: [1, 1, 1], padding: [1, 1, 1] },
  { kernel: [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1] },
  { kernel: [1, 1, 1], stride: [2, 2, 2], padding: [0, 0, 0] },
  { kernel: [1, 1, 1], stride: [1, 1, 1], padding: [0, 0, 0] },
  { kernel: [1, 3, 5], stride: [1, 1, 1], padding: [0, 1, 2] },
  { kernel: [3, 1, 3], stride: [1, 1, 2], padding: [1, 0, 1] },
  { kernel: [2, 2, 2], stride: [2, 2, 2], padding: [0, 0, 0] },
  { kernel: [1, 3, 3], stride: [1, 1, 1], padding: [0, 1, 1] },
  { kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1] },
  { kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1] },
  { kernel: [3, 3, 1], stride: [2, 2, 1], padding: [1, 1, 0] },
  { kernel: [1, 1, 1], stride: [1, 2, 2], padding: [0, 0, 0] },
];
/** Fine voxels of a coarse one, in every pattern of axes that double and axes that stay. */
const blocks = [
  [2, 2, 2],
  [1, 2, 2],
  [2, 1, 2],
  [2, 2, 1],
  [1, 1, 2],
  [1, 2, 1],
  [2, 1, 1],
  [1, 1, 1],
];
const batches = [1, 3];
const coarse = (attributes: { stride: number[] }): number[] =>
  [4, 2, 6].map((size, a) => size / attributes.stride[a]!);
const eachConvolution = (sample: (batch: number, attributes: (typeof convolutions)[0]) => Sample): Sample[] =>
  convolutions.flatMap((attributes) => batches.map((batch) => sample(batch, attributes)));

const fine = (block: readonly number[]): number[] => [2, 1, 3].map((size, axis) => size * block[axis]!);
const eachUpsampling = (sample: (batch: number, block: number[]) => Sample): Sample[] =>
  blocks.flatMap((block) => batches.map((batch) => sample(batch, block)));

const pairs: Sample[] = [
  {
    operands: [
      [2, 3],
      [2, 3],
    ],
  },
  {
    operands: [
      [2, 3, 2],
      [3, 1],
    ],
  },
  { operands: [[1], [2, 2]] },
];
const anywhere: Sample[] = [{ operands: [[2, 5]] }];
const positive: Sample[] = [{ operands: [[2, 5]], range: [0.3, 3] }];

const samples: Record<string, Sample[]> = {
  add: pairs,
  subtract: pairs,
  multiply: pairs,
  divide: pairs,
  negate: anywhere,
  exponential: anywhere,
  logarithm: positive,
  squareRoot: positive,
  reciprocal: positive,
  absolute: anywhere,
  sign: anywhere,
  sigmoid: anywhere,
  tanh: anywhere,
  softplus: anywhere,
  sum: [{ operands: [[2, 3, 4]], attributes: { axes: [0, 2] } }],
  reshape: [{ operands: [[2, 6]], attributes: { dims: [3, 4] } }],
  expand: [{ operands: [[2, 1, 3]], attributes: { dims: [2, 4, 3] } }],
  transpose: [{ operands: [[2, 3, 4]], attributes: { order: [2, 0, 1] } }],
  slice: [{ operands: [[2, 5]], attributes: { axis: 1, start: 1, end: 4 } }],
  pad: [{ operands: [[2, 3]], attributes: { axis: 0, before: 1, after: 2 } }],
  concatenate: [
    {
      operands: [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      attributes: { axis: 1 },
    },
  ],
  greater: pairs,
  where: [{ operands: [[2, 3], [2, 3], [3]], conditions: [0] }],
  leakyRelu: [{ operands: [[2, 6]], attributes: { slope: 0.125 } }],
  leakyReluGradient: [
    {
      operands: [
        [2, 6],
        [2, 6],
      ],
      attributes: { slope: 0.125 },
    },
  ],
  matrixProduct: [
    {
      operands: [
        [2, 3],
        [3, 4],
      ],
      attributes: { transposeA: false, transposeB: false },
    },
    {
      operands: [
        [3, 2],
        [3, 4],
      ],
      attributes: { transposeA: true, transposeB: false },
    },
    {
      operands: [
        [2, 3],
        [4, 3],
      ],
      attributes: { transposeA: false, transposeB: true },
    },
    {
      operands: [
        [3, 2],
        [4, 3],
      ],
      attributes: { transposeA: true, transposeB: true },
    },
  ],
  spatialMean: batches.map((n) => ({ operands: [[n, 2, 2, 3, 2]] })),
  instanceNorm: batches.map((n) => ({
    operands: [[n, 2, 2, 3, 2], [2], [2]],
    attributes: { epsilon: 2 ** -10 },
  })),
  instanceNormGradient: batches.map((n) => ({
    operands: [[n, 2, 2, 3, 2], [2], [n, 2, 2, 3, 2]],
    attributes: { epsilon: 2 ** -10 },
  })),
  convolution: eachConvolution((n, attributes) => ({
    operands: [
      [n, 2, 4, 2, 6],
      [3, 2, ...attributes.kernel],
    ],
    attributes,
  })),
  convolutionInputGradient: eachConvolution((n, attributes) => ({
    operands: [
      [3, 2, ...attributes.kernel],
      [n, 3, ...coarse(attributes)],
    ],
    attributes,
  })),
  convolutionWeightGradient: eachConvolution((n, attributes) => ({
    operands: [
      [n, 2, 4, 2, 6],
      [n, 3, ...coarse(attributes)],
    ],
    attributes,
  })),
  upsamplingConvolution: eachUpsampling((n, block) => ({
    operands: [
      [n, 3, 2, 1, 3],
      [3, 2, ...block],
    ],
    attributes: { block },
  })),
  upsamplingInputGradient: eachUpsampling((n, block) => ({
    operands: [
      [3, 2, ...block],
      [n, 2, ...fine(block)],
    ],
    attributes: { block },
  })),
  upsamplingWeightGradient: eachUpsampling((n, block) => ({
    operands: [
      [n, 3, 2, 1, 3],
      [n, 2, ...fine(block)],
    ],
    attributes: { block },
  })),
};

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

function randomOperands(sample: Sample): Float64Array[] {
  const random = Random.stream(7, JSON.stringify(sample));
  return sample.operands.map((dims, position) =>
    Float64Array.from({ length: size(dims) }, () => {
      if (sample.conditions?.includes(position)) return random.below(2);
      if (sample.range) return Math.fround(random.between(...sample.range));
      return Math.fround(random.between(0.1, 2) * (random.below(2) === 0 ? -1 : 1));
    }),
  );
}

function build(name: string, sample: Sample): { graph: Graph; operands: Value[]; results: Value[] } {
  const graph = new Graph();
  const operands = sample.operands.map((dims, position) =>
    graph.input(`x${position}`, dims, sample.conditions?.includes(position) ? "bool" : "float32"),
  );
  const results = graph.apply(operators.get(name)!, operands, sample.attributes ?? {});
  return { graph, operands, results };
}

const feeds = (sample: Sample, operands: readonly Float64Array[]) =>
  Object.fromEntries(sample.operands.map((dims, i) => [`x${i}`, { dims: [...dims], data: operands[i]! }]));

function runtimeFeeds(sample: Sample, operands: readonly Float64Array[]): Record<string, Tensor> {
  return Object.fromEntries(
    sample.operands.map((dims, i): [string, Tensor] => [
      `x${i}`,
      sample.conditions?.includes(i)
        ? { type: "bool", dims, data: Uint8Array.from(operands[i]!) }
        : { type: "float32", dims, data: Float32Array.from(operands[i]!) },
    ]),
  );
}

async function expectRuntimeAgrees(engine: Engine, name: string, sample: Sample): Promise<void> {
  const { graph, results } = build(name, sample);
  results.forEach((result, index) => {
    graph.output(`y${index}`, result);
  });
  const model = encode(graph);
  const operands = randomOperands(sample);
  const expected = openReference(model).run(feeds(sample, operands));
  const session = await engine.open(model, { threads: 1 });
  const actual = await session.run(runtimeFeeds(sample, operands));
  results.forEach((result, index) => {
    expect(actual[`y${index}`]!.dims).toEqual(result.dims);
    expectClose(
      Array.from(actual[`y${index}`]!.data, Number),
      expected[`y${index}`]!.data,
      2e-5,
      `${name} y${index}`,
    );
  });
  await session.release();
}

it("every operator of the table has samples, and every sample an operator", () => {
  expect(Object.keys(samples).sort()).toEqual([...operators.keys()].sort());
});

describe.each([nodeEngine(), webEngine()])("$name computes what the reference computes", (engine) => {
  it.each(Object.entries(samples))("%s", async (name, cases) => {
    for (const sample of cases) await expectRuntimeAgrees(engine, name, sample);
  });
});

const differentiable = Object.entries(samples).filter(
  ([name]) => operators.get(name)!.gradient !== undefined,
);

describe("gradients agree with central differences in double precision", () => {
  it.each(differentiable.filter(([name]) => name !== "greater"))("%s", (name, cases) => {
    for (const sample of cases) {
      const { graph, operands, results } = build(name, sample);
      const result = results[0]!;
      const random = Random.stream(11, name);
      const weights = Float32Array.from({ length: size(result.dims as number[]) }, () =>
        random.between(-1, 1),
      );
      const loss = sum(multiply(result, graph.constant(weights, result.dims as number[])));
      graph.output("loss", loss);
      const forward = openReference(encode(graph));
      const smooth = operands.filter((_, position) => !sample.conditions?.includes(position));
      gradients(loss, smooth).forEach((gradient, index) => {
        expect(gradient.dims).toEqual(smooth[index]!.dims);
        graph.output(`gradient${index}`, gradient);
      });
      const values = randomOperands(sample);
      const analytic = openReference(encode(graph)).run(feeds(sample, values));
      const isSmooth = (_: unknown, position: number): boolean => !sample.conditions?.includes(position);
      const fill = (moved: Float64Array[]): Float64Array[] => {
        const queue = [...moved];
        return values.map((value, position) => (isSmooth(value, position) ? queue.shift()! : value));
      };
      const numeric = centralDifferences(
        (moved) => forward.run(feeds(sample, fill(moved))).loss!.data[0]!,
        values.filter(isSmooth),
      );
      numeric.forEach((expected, index) => {
        expectClose(analytic[`gradient${index}`]!.data, expected, 1e-6, `${name}, operand ${index}`);
      });
    }
  });
});
