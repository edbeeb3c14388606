/** Deep supervision: the loss from its definition, its gradient against numeric ones, and nothing of it in what ships. */
import { expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { encode, Graph } from "../../src/graph/index.js";
import {
  describeNetwork,
  exportNetwork,
  initialise,
  type NetworkDescription,
} from "../../src/network/index.js";
import { createLoss, lossSchema, supervisedLoss } from "../../src/training/losses/index.js";
import { createOptimiser, optimiserSchema } from "../../src/training/optimisers/index.js";
import { TrainProgram } from "../../src/training/train-program.js";
import { openReference } from "./reference/reference-session.js";

const random = new Random(7);
const numbers = (count: number): number[] => Array.from({ length: count }, () => random.between(-2, 2));
const crossEntropy = createLoss(lossSchema.parse({ kind: "cross-entropy" }));

const description: NetworkDescription = {
  architecture: "residual-unet",
  channels: 2,
  levels: 4,
  strides: [
    [2, 2, 1],
    [2, 2, 2],
    [2, 2, 2],
  ],
  inputChannels: 1,
  outputChannels: 1,
  maximumChannels: 8,
  deepSupervision: 2,
  dropout: 0,
};

it("weighs each level half as much as the next finer one, against the share of foreground in its voxels", () => {
  const graph = new Graph();
  const fine = graph.input("fine", [1, 1, 2, 2, 4]);
  const coarse = graph.input("coarse", [1, 1, 2, 1, 2]);
  const target = graph.input("target", [1, 1, 2, 2, 4]);
  graph.output("loss", supervisedLoss(crossEntropy, { logits: fine, coarseLogits: [coarse] }, target));
  const [fineLogits, coarseLogits] = [numbers(16), numbers(4)];
  const labels = [1, 0, 0, 0, 1, 1, 0, 0, /* k = 1 */ 0, 0, 1, 1, 0, 0, 0, 1];
  // Blocks of 2 x 2 x 1 voxels along i, j, k.
  const shares = [3 / 4, 0, 0, 3 / 4];
  const { loss } = openReference(encode(graph)).run({
    fine: { dims: [1, 1, 2, 2, 4], data: fineLogits },
    coarse: { dims: [1, 1, 2, 1, 2], data: coarseLogits },
    target: { dims: [1, 1, 2, 2, 4], data: labels },
  });
  const entropy = (logits: number[], wanted: number[]): number =>
    logits.reduce((sum, z, at) => sum + Math.log1p(Math.exp(z)) - z * wanted[at]!, 0) / logits.length;
  const expected = (2 / 3) * entropy(fineLogits, labels) + (1 / 3) * entropy(coarseLogits, shares);
  expect(loss!.data[0]).toBeCloseTo(expected, 6);
});

it("has the gradient that numeric differences have", async () => {
  const network = describeNetwork(description);
  const model = await stepModel(description);
  const count = network.layout.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
  const weights = Array.from(initialise(network, new Random(3)));
  const [image, target] = [numbers(8 * 16 * 16), numbers(8 * 16 * 16).map((value) => (value > 1 ? 1 : 0))];
  const run = (parameters: number[]) =>
    model.run({
      image: { dims: [1, 1, 8, 16, 16], data: image },
      target: { dims: [1, 1, 8, 16, 16], data: target },
      weight: { dims: [1, 1], data: [1] },
      parameters: { dims: [count], data: parameters },
      momentum: { dims: [count], data: new Float64Array(count) },
      learningRate: { dims: [1], data: [1] },
      scalars: { dims: [2], data: [1, 1] },
    });
  const moved = run(weights)["new/parameters"]!.data;
  const gradient = weights.map((value, at) => value - moved[at]!);
  // A step is small enough to cross no rectifier's kink, or hardly any.
  const step = 1e-6;
  for (const direction of [numbers(count), numbers(count)]) {
    const along = (sign: number) =>
      run(weights.map((value, at) => value + sign * step * direction[at]!)).loss!.data[0]!;
    const slope = direction.reduce((sum, value, at) => sum + value * gradient[at]!, 0);
    const numeric = (along(1) - along(-1)) / (2 * step);
    expect(Math.abs(numeric - slope)).toBeLessThan(1e-4 * Math.max(1, Math.abs(slope)));
  }
});

it("leaves the exported network as it would be without", () => {
  const network = describeNetwork(description);
  const plain = describeNetwork({ ...description, deepSupervision: 0 });
  const weights = initialise(network, new Random(5));
  const own = network.layout.filter(({ name }) => plain.layout.some((other) => other.name === name));
  expect(network.layout.length - own.length).toBe(4);
  const kept = Float32Array.from(
    own.flatMap(({ offset, dims }) => [
      ...weights.subarray(offset, offset + dims.reduce((a, b) => a * b, 1)),
    ]),
  );
  const feeds = { image: { dims: [1, 1, 4, 8, 8], data: numbers(256) } };
  const outputs = (bytes: Uint8Array) => openReference(bytes).run(feeds);
  expect(outputs(exportNetwork(network, weights))).toEqual(outputs(exportNetwork(plain, kept)));
});

async function stepModel(of: NetworkDescription) {
  let bytes: Uint8Array | undefined;
  await TrainProgram.create({
    network: describeNetwork(of),
    loss: createLoss(lossSchema.parse({})),
    optimiser: createOptimiser(optimiserSchema.parse({ kind: "sgd", momentum: 0 })),
    clipNorm: 0,
    batch: 1,
    patch: [8, 16, 16],
    seed: 0,
    engine: {
      name: "capture",
      open: async (model) => {
        bytes = model instanceof Uint8Array ? model : undefined;
        return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} };
      },
    },
  });
  return openReference(bytes!);
}
