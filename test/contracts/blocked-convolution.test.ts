/**
 * The contract of convolutions on blocked channels: they compute what the plain ones do, forward and back, and a training
 * that uses them has the same curve. Where the processor has no blocked layout there is nothing to compare.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import { convolution, encode, Graph, gradients, multiply, sum, type Tensor } from "../../src/graph/index.js";
import { describeNetwork } from "../../src/network/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { createLoss, lossSchema } from "../../src/training/losses/index.js";
import { createOptimiser, optimiserSchema } from "../../src/training/optimisers/index.js";
import { TrainProgram } from "../../src/training/train-program.js";

const engine = nodeEngine();
const block = await engine.channelBlock?.();

const tensor = (dims: number[], random: Random): Tensor => ({
  type: "float32",
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
});

/** Encoded twice: for any engine, and for this one. */
function convolutionModels(batch: number, [inputs, outputs]: readonly number[], space: readonly number[]) {
  const graph = new Graph();
  const image = graph.input("image", [batch, inputs as number, ...space]);
  const kernel = graph.input("kernel", [outputs as number, inputs as number, 3, 3, 3]);
  const towards = graph.input("towards", [batch, outputs as number, ...space]);
  const result = convolution(image, kernel);
  graph.output("result", result);
  const [ofImage, ofKernel] = gradients(sum(multiply(result, towards), [0, 1, 2, 3, 4]), [image, kernel]);
  graph.output("ofImage", ofImage as never);
  graph.output("ofKernel", ofKernel as never);
  const random = new Random(3);
  const feeds = Object.fromEntries(
    [...graph.inputs].map(([name, value]) => [name, tensor(value.dims as number[], random)]),
  );
  return { plain: encode(graph), blocked: encode(graph, { channelBlock: block }), feeds };
}

describe.skipIf(block === undefined)(
  "convolutions on blocked channels (skipped: no such layout here)",
  () => {
    const cases: [number, number[], number[]][] = [
      [1, [16, 16], [12, 12, 12]],
      [2, [16, 32], [9, 14, 20]],
      [1, [32, 16], [20, 9, 13]],
      [3, [48, 16], [17, 18, 11]],
    ];
    it.each(cases)(
      "equal the plain ones: batch %i, channels %j, voxels %j",
      async (batch, channels, space) => {
        const { plain, blocked, feeds } = convolutionModels(batch, channels, space);
        expect(Buffer.from(blocked).includes("com.microsoft.nchwc")).toBe(true);
        const [expected, found] = await Promise.all(
          [plain, blocked].map(async (model) => (await engine.open(model)).run(feeds)),
        );
        for (const name of ["result", "ofImage", "ofKernel"]) {
          const reference = expected?.[name]?.data as Float32Array;
          const values = found?.[name]?.data as Float32Array;
          expect(values.length).toBe(reference.length);
          const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0);
          const largest = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          expect(worst / largest).toBeLessThan(1e-5);
        }
      },
    );

    it("leave a training's curve as it is", async () => {
      const curve = async (channelBlock: number | undefined): Promise<number[]> => {
        const program = await TrainProgram.create({
          network: describeNetwork({
            architecture: "unet",
            channels: 16,
            levels: 2,
            inputChannels: 1,
            outputChannels: 1,
            maximumChannels: 64,
            dropout: 0,
          }),
          loss: createLoss(lossSchema.parse({})),
          optimiser: createOptimiser(optimiserSchema.parse({})),
          clipNorm: 0,
          batch: 1,
          patch: [16, 16, 16],
          seed: 1,
          engine: { ...engine, channelBlock: async () => channelBlock },
        });
        const random = new Random(5);
        const count = 16 ** 3;
        const image = Float32Array.from({ length: count }, () => random.normal());
        const target = image.map((value) => (value > 0.5 ? 1 : 0));
        const losses: number[] = [];
        for (let step = 0; step < 20; step++) {
          losses.push((await program.update({ image, target, weight: Float32Array.of(1) }, 1e-3)).loss);
        }
        await program.release();
        return losses;
      };
      const [plain, blocked] = [await curve(undefined), await curve(block)];
      expect(plain.at(-1)).toBeLessThan((plain[0] as number) * 0.95);
      blocked.forEach((loss, step) => {
        expect(Math.abs(loss - (plain[step] as number))).toBeLessThan(2e-3);
      });
    });
  },
);

it("WebAssembly and graphics cards have no blocked layout: their models stay plain", async () => {
  expect(await webEngine().channelBlock?.()).toBeUndefined();
  expect(await engine.channelBlock?.({ device: "webgpu" })).toBeUndefined();
});
