/** Gram matrices that a model computes itself: the same as those of its feature maps, and as a direct decomposition of them. */
import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from "onnx-buf";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { inspectPrepared } from "../../src/bundle/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import type { Session } from "../../src/graph/index.js";
import {
  adoptModel,
  chooseOutput,
  imageInput,
  layerNames,
  layersOf,
  observeModel,
  outputNames,
  readModel,
  withGramOutputs,
} from "../../src/graph/model/index.js";
import { describeNetwork, exportNetwork, initialise } from "../../src/network/index.js";
import { signature, signatureForms } from "../../src/ood/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { affineFromSpacing, type Shape, type Volume } from "../../src/volume/index.js";

const engine = nodeEngine({ threads: 1 });

interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  readonly layers: readonly string[];
  readonly channels: number;
  readonly multipleOf: Shape;
}

async function fromElsewhere(name: string, multipleOf: Shape): Promise<Case> {
  const file = new URL(`../oracle/fixtures/models/${name}.onnx`, import.meta.url);
  const model = await readModel(new Uint8Array(readFileSync(file)), name);
  const input = imageInput(model);
  const names = [...new Set([...layerNames(model), ...outputNames(model)])];
  const window = [4, 8, 8].slice(5 - input.dims.length);
  const observed = await observeModel(engine, model, input, { names, window });
  const layers = layersOf(model, observed).filter(({ usual }) => usual);
  const channels = observed.input[1]!;
  const output = chooseOutput(model, observed);
  const axes = input.dims.length === 5 ? "kji" : "ij";
  return {
    name,
    model: adoptModel(model, { input, output, layers, axes, inputChannels: channels }),
    layers: layers.map((layer) => layer.name),
    channels: output.channels,
    multipleOf,
  };
}

function ours(): Case {
  const network = describeNetwork({
    architecture: "unet",
    channels: 4,
    levels: 3,
    strides: [
      [2, 2, 1],
      [2, 2, 2],
    ],
    inputChannels: 1,
    outputChannels: 3,
    maximumChannels: 16,
    dropout: 0,
  });
  return {
    name: "ours",
    model: exportNetwork(network, initialise(network, new Random(1))),
    layers: network.layers.map(({ name }) => name),
    channels: 3,
    multipleOf: network.stride,
  };
}

const cases = [
  ours(),
  await fromElsewhere("opset-11", [2, 2, 1]),
  await fromElsewhere("opset-13", [2, 2, 1]),
  await fromElsewhere("opset-22", [2, 2, 1]),
  await fromElsewhere("slices", [2, 2, 1]),
];

const sessions: Session[] = [];
afterAll(() => Promise.all(sessions.map((session) => session.release())));

function noise(shape: Shape, seed: number): Volume<Float32Array> {
  const random = new Random(seed);
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => random.normal());
  return { shape, affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
}

const side = fc.integer({ min: 3, max: 21 });

describe.each(cases)("$name", ({ name, model, layers, channels, multipleOf }) => {
  it("counts the same voxels once, whatever the windows, and to the same sums", async () => {
    const [plain, counting] = [await engine.open(model), await engine.open(withGramOutputs(model))];
    sessions.push(plain, counting);
    expect(counting.outputNames.filter((output) => output.startsWith("features/"))).toEqual([]);
    expect(counting.outputNames[0]).toBe(plain.outputNames[0]);
    const labels = { outputChannels: channels, activation: "softmax" } as never;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side, side),
        fc.constantFrom(0, 0.25, 0.5),
        fc.boolean(),
        fc.nat(1000),
        async (shape, overlap, fixedSize, seed) => {
          const image = noise(shape, seed);
          const flat = name === "slices";
          const plan = {
            window: [8, 12, flat ? 1 : 4],
            overlap,
            multipleOf,
            // A network of slices takes one slice at a time.
            fixedSize: fixedSize || flat,
            padding: "reflect",
          };
          const windows = { ...plan, mirroredAxes: [] } as never;
          const run = (session: Session) => inspectPrepared(session, image, { windows, labels }, { layers });
          const [expected, found] = [await run(plain), await run(counting)];
          expect(found.probabilities.data).toEqual(expected.probabilities.data);
          expect(Object.keys(found.layers)).toEqual(Object.keys(expected.layers));
          for (const layer of layers) {
            const [one, other] = [expected.layers[layer]!, found.layers[layer]!];
            expect(other.rows).toBe(one.rows);
            const largest = Math.max(...one.gram.map(Math.abs));
            one.gram.forEach((product, at) => {
              expect(Math.abs(other.gram[at]! - product)).toBeLessThan(1e-9 * largest);
            });
            one.columnSums.forEach((sum, at) => {
              expect(Math.abs(other.columnSums[at]! - sum)).toBeLessThan(
                1e-9 * one.rows * Math.sqrt(largest),
              );
            });
            for (const form of signatureForms) {
              const theirs = signature(one, form);
              signature(other, form).forEach((value, at) => {
                expect(Math.abs(value - theirs[at]!)).toBeLessThan(1e-6);
              });
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  it("gives the signature of a singular value decomposition of the feature maps", async () => {
    const flat = name === "slices";
    const shape: Shape = [16, 12, flat ? 1 : 8];
    const image = noise(shape, 3);
    const [plain, counting] = [await engine.open(model), await engine.open(withGramOutputs(model))];
    sessions.push(plain, counting);
    const { outputNames, inputNames } = plain;
    const dims = [1, 1, ...[...shape].reverse()];
    const maps = await plain.run(
      { [inputNames[0]!]: { type: "float32", dims, data: image.data } },
      outputNames,
    );
    const windows = { window: shape, overlap: 0, multipleOf, fixedSize: true, padding: "reflect" } as never;
    const labels = { outputChannels: channels, activation: "softmax" } as never;
    const { layers: found } = await inspectPrepared(counting, image, { windows, labels }, { layers });
    for (const layer of layers) {
      const map = maps[`features/${layer}`]!;
      const columns = map.dims[1]!;
      const rows = map.data.length / columns;
      const matrix = new Matrix(rows, columns);
      map.data.forEach((value, at) => void matrix.set(at % rows, Math.floor(at / rows), Number(value)));
      const values = new SingularValueDecomposition(matrix).diagonal;
      const logarithms = values.map((value) => Math.log(Math.max(value, 1e-6, 1e-5 * values[0]!)));
      const norm = Math.hypot(...logarithms);
      expect(found[layer]!.rows).toBe(rows);
      signature(found[layer]!, "paper").forEach((value, at) => {
        expect(Math.abs(value - logarithms[at]! / norm)).toBeLessThan(1e-6);
      });
    }
  });
});

it("works on ONNX Runtime in WebAssembly too", async () => {
  const { model, layers, channels, multipleOf } = cases[0]!;
  const image = noise([9, 11, 5], 4);
  const windows = {
    window: [8, 8, 4],
    overlap: 0.5,
    multipleOf,
    fixedSize: true,
    padding: "reflect",
  } as never;
  const labels = { outputChannels: channels, activation: "softmax" } as never;
  const results = [];
  for (const one of [engine, webEngine()]) {
    const session = await one.open(withGramOutputs(model));
    results.push(await inspectPrepared(session, image, { windows, labels }, { layers }));
    await session.release();
  }
  for (const layer of layers) {
    const [node, web] = results.map((result) => signature(result.layers[layer]!, "per-voxel"));
    web!.forEach((value, at) => void expect(value).toBeCloseTo(node![at]!, 4));
  }
});

it("refuses a layer that is finer than the image, as its feature map is", async () => {
  const { model, channels, multipleOf } = cases[3]!;
  const proto = fromBinary(ModelProtoSchema, model);
  const graph = proto.graph!;
  const name = "features/finer";
  const [weight] = graph.initializer.filter(({ dims }) => dims.join() === "6,4,1,2,2");
  graph.node.push(
    create(NodeProtoSchema, {
      opType: "ConvTranspose",
      input: [graph.node.find(({ output }) => output[0] === "act0")!.output[0]!, "wide"],
      output: [name],
      attribute: [create(AttributeProtoSchema, { name: "strides", type: 7, ints: [2n, 2n, 2n] })],
    }),
  );
  graph.initializer.push({
    ...weight!,
    name: "wide",
    dims: [4n, 2n, 1n, 2n, 2n],
    rawData: weight!.rawData.slice(0, 128),
  });
  graph.output.push(create(ValueInfoProtoSchema, { ...graph.output[1]!, name }));
  const changed = toBinary(ModelProtoSchema, proto);
  const windows = { window: [8, 8, 4], overlap: 0, multipleOf, fixedSize: true, padding: "reflect" } as never;
  const labels = { outputChannels: channels, activation: "softmax" } as never;
  for (const bytes of [changed, withGramOutputs(changed)]) {
    const session = await engine.open(bytes);
    sessions.push(session);
    const run = inspectPrepared(session, noise([8, 8, 4], 1), { windows, labels }, { layers: ["finer"] });
    await expect(run).rejects.toThrow(
      /layer finer: found features \[1, 2, 7, 16, 16\] for a window of \[4, 8, 8\]/,
    );
  }
});

it("leaves a model without feature maps, or of opset 9, as it is", async () => {
  const old = await fromElsewhere("opset-9", [2, 2, 1]);
  expect(withGramOutputs(old.model)).toBe(old.model);
  const bare = new Uint8Array(
    readFileSync(new URL("../oracle/fixtures/models/logits.onnx", import.meta.url)),
  );
  expect(withGramOutputs(bare)).toBe(bare);
});
