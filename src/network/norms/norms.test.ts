import { describe, expect, it } from "vitest";
import { centralDifferences, expectClose } from "../../../test/contracts/reference/gradient-check.js";
import { openReference } from "../../../test/contracts/reference/reference-session.js";
import { Random } from "../../base/index.js";
import { elementCount } from "../../graph/dimension.js";
import { encode, Graph, gradients, multiply, sum, type Value } from "../../graph/index.js";
import { nodeEngine } from "../../run/engines/node.js";
import { describeNetwork, exportNetwork, initialise } from "../index.js";
import { LayoutRecorder } from "../parameters.js";
import { type NormName, norms } from "./index.js";

const names = Object.keys(norms) as NormName[];
const dims = [2, 18, 2, 1, 3];

interface Built {
  readonly graph: Graph;
  readonly x: Value;
  readonly result: Value;
  /** x first, then the parameters in their order. */
  readonly operands: readonly {
    readonly name: string;
    readonly dims: readonly number[];
    readonly value: Value;
  }[];
}

/** One norm with its parameters as inputs. */
function build(name: NormName): Built {
  const graph = new Graph();
  const x = graph.input("x", dims);
  const recorder = new LayoutRecorder(graph, { masks: false });
  const values: Value[] = [];
  const source = {
    parameter: (...asked: Parameters<LayoutRecorder["parameter"]>) => {
      const value = recorder.parameter(...asked);
      values.push(value);
      return value;
    },
    dropoutMask: () => undefined,
  };
  const scale = source.parameter("norm/scale", [dims[1]!], { kind: "constant", value: 1 });
  const shift = source.parameter("norm/shift", [dims[1]!], { kind: "constant", value: 0 });
  const result = norms[name](x, { scale, shift }, source, "norm");
  const parameters = recorder.layout.map((one, at) => ({ ...one, value: values[at]! }));
  return { graph, x, result, operands: [{ name: "x", dims, value: x }, ...parameters] };
}

function drawn(seed: string, { operands }: Built): Float64Array[] {
  const random = Random.stream(3, seed);
  return operands.map(({ dims: size }) =>
    Float64Array.from({ length: elementCount(size) }, () => random.normal() + 0.3),
  );
}

const feedsOf = ({ operands }: Built, values: readonly Float64Array[]) =>
  Object.fromEntries(operands.map((one, at) => [one.name, { dims: [...one.dims], data: values[at]! }]));

/** @param x of `dims` */
function run(
  name: NormName,
  x: Float64Array,
  change: (name: string, data: Float64Array) => Float64Array,
): Float64Array {
  const built = build(name);
  built.graph.output("y", built.result);
  const values = drawn(name, built).map((data, at) =>
    at === 0 ? x : change(built.operands[at]!.name, data),
  );
  return Float64Array.from(openReference(encode(built.graph)).run(feedsOf(built, values)).y!.data);
}

const anyX = (): Float64Array => {
  const random = Random.stream(5, "x");
  return Float64Array.from({ length: elementCount(dims) }, () => 2 * random.normal() + 1);
};
const same = (_: string, data: Float64Array): Float64Array => data;
/** As the parameters start. */
const atFirst = (name: string, data: Float64Array): Float64Array =>
  name.includes("gate/first") ? data : data.fill(name.endsWith("/scale") ? 1 : 0);

describe.each(names)("%s", (name) => {
  it("has the gradients of central differences in double precision", () => {
    const built = build(name);
    const random = Random.stream(11, name);
    const weights = Float32Array.from({ length: elementCount(dims) }, () => random.between(-1, 1));
    const loss = sum(multiply(built.result, built.graph.constant(weights, dims)));
    built.graph.output("loss", loss);
    const forward = openReference(encode(built.graph));
    gradients(
      loss,
      built.operands.map(({ value }) => value),
    ).forEach((gradient, at) => {
      built.graph.output(`gradient${at}`, gradient);
    });
    const values = drawn(name, built);
    const analytic = openReference(encode(built.graph)).run(feedsOf(built, values));
    const numeric = centralDifferences((moved) => forward.run(feedsOf(built, moved)).loss!.data[0]!, values);
    numeric.forEach((expected, at) => {
      expectClose(analytic[`gradient${at}`]!.data, expected, 1e-5, `${name}, ${built.operands[at]!.name}`);
    });
  });

  it("sees one sample at a time", () => {
    const x = anyX();
    const other = x.map((value, at) => (at < x.length / 2 ? value : 7 - 2 * value));
    const half = x.length / 2;
    expect([...run(name, x, same).slice(0, half)]).toEqual([...run(name, other, same).slice(0, half)]);
  });

  it("starts from mean 0 and variance 1 of what it normalises together", () => {
    const y = run(name, anyX(), atFirst);
    const together = y.slice(0, y.length / 2);
    const mean = together.reduce((total, value) => total + value, 0) / together.length;
    const square = together.reduce((total, value) => total + value ** 2, 0) / together.length;
    expect(mean).toBeCloseTo(0, 6);
    expect(square).toBeCloseTo(1, 3);
  });

  it("makes networks that take images of any size, and say of each the same alone and in a batch", async () => {
    const network = describeNetwork({
      architecture: "residual-unet",
      norm: name,
      channels: 8,
      levels: 2,
      inputChannels: 1,
      outputChannels: 1,
      maximumChannels: 16,
      dropout: 0,
    });
    const session = await nodeEngine().open(exportNetwork(network, initialise(network, new Random(2))));
    const random = new Random(4);
    for (const size of [8, 12]) {
      const voxels = size ** 3;
      const data = Float32Array.from({ length: 2 * voxels }, () => random.normal());
      const of = async (samples: number, part: Float32Array) =>
        (await session.run({ image: { type: "float32", dims: [samples, 1, size, size, size], data: part } }))
          .logits!.data as Float32Array;
      const both = await of(2, data);
      const alone = await of(1, data.slice(voxels));
      expectClose(both.slice(voxels), alone, 1e-4, "logits");
    }
    await session.release();
  });
});

it("restored: is instance norm at first, and then what its gate makes of the image", () => {
  const x = anyX();
  const plain = run("instance", x, atFirst);
  expectClose(run("restored", x, atFirst), plain, 1e-6, "at first");
  const moved = run("restored", x, same);
  expect(moved.some((value, at) => Math.abs(value - plain[at]!) > 0.1)).toBe(true);
});

it("group: six groups of three channels, each by its own mean and variance", () => {
  const x = anyX();
  const [, channels, ...space] = dims as [number, number, ...number[]];
  const size = (channels / 6) * elementCount(space);
  const expected = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += size) {
    const own = x.subarray(start, start + size);
    const mean = own.reduce((total, value) => total + value, 0) / size;
    const variance = own.reduce((total, value) => total + (value - mean) ** 2, 0) / size;
    own.forEach((value, at) => {
      expected[start + at] = (value - mean) / Math.sqrt(variance + 1e-5);
    });
  }
  expectClose(run("group", x, atFirst), expected, 1e-6, "groups");
});
