/** The whole training step against PyTorch's: gradients, losses and optimisers, from committed fixtures. */

import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { Random } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import type { Engine } from "../../src/graph/index.js";
import { encode, Graph, gradients } from "../../src/graph/index.js";
import {
  type ArchitectureName,
  describeNetwork,
  exportNetwork,
  initialise,
} from "../../src/network/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { averageCalibration } from "../../src/training/losses/average-calibration.js";
import { categoricalCrossEntropy } from "../../src/training/losses/categorical-cross-entropy.js";
import { type ChannelLoss, createLoss, lossSchema, weightedMean } from "../../src/training/losses/index.js";
import {
  clipByNorm,
  createOptimiser,
  type Optimiser,
  optimiserSchema,
} from "../../src/training/optimisers/index.js";
import { TrainProgram } from "../../src/training/train-program.js";
import type { Shape } from "../../src/volume/index.js";
import {
  type LossesIndex,
  loadFixture,
  type NetworkIndex,
  type OptimisersIndex,
} from "../oracle/load-fixture.js";
import { centralDifferences, expectClose } from "./reference/gradient-check.js";
import { openReference } from "./reference/reference-session.js";

const lossOf = (options: z.input<typeof lossSchema>): ChannelLoss => createLoss(lossSchema.parse(options));
const optimiserOf = (options: z.input<typeof optimiserSchema>): Optimiser =>
  createOptimiser(optimiserSchema.parse(options));

const ourLosses: Record<string, ChannelLoss> = {
  dice: lossOf({ kind: "dice" }),
  bce: lossOf({ kind: "cross-entropy" }),
  diceBce: lossOf({ kind: "dice+cross-entropy" }),
  focal: lossOf({ kind: "focal" }),
};

/** Keeps the model's bytes instead of running them. */
function capturingEngine(): { engine: Engine; model: () => Uint8Array } {
  let bytes: Uint8Array | undefined;
  return {
    engine: {
      name: "capture",
      open: async (model) => {
        bytes = model;
        return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} };
      },
    },
    model: () => bytes as Uint8Array,
  };
}

/** From the order of a tensor's axes, as in the fixtures, to [i, j, k]. */
const shapeOrder = ([d, h, w]: readonly [number, number, number]): Shape => [w, h, d];

describe.each([
  ["unet", "unet-gradients"],
  ["residual-unet", "unet-gradients-residual"],
  ["residual-unet", "unet-gradients-anisotropic"],
] as [ArchitectureName, string][])("%s, %s", (architecture, name) => {
  const fixture = loadFixture<NetworkIndex>(name);
  const { patch, base, levels, batch, inputChannels, outputChannels, strides, kernels } =
    fixture.index.architecture;
  const network = describeNetwork({
    architecture,
    channels: base,
    levels,
    strides: strides?.map(shapeOrder),
    kernels: kernels?.map(shapeOrder),
    inputChannels,
    outputChannels,
    maximumChannels: 1024,
    dropout: 0,
  });
  const whole = network.layout.flatMap((parameter) => [
    ...fixture.tensor(`parameter/${parameter.name}`).data,
  ]);

  it.each(Object.keys(ourLosses))(
    "gradients of every parameter, loss %s, as PyTorch's to 1e-6",
    async (loss) => {
      const { engine, model } = capturingEngine();
      await TrainProgram.create({
        network,
        loss: ourLosses[loss]!,
        optimiser: optimiserOf({ kind: "sgd", momentum: 0 }),
        clipNorm: 0,
        batch,
        patch,
        seed: 0,
        engine,
      });
      const result = openReference(model()).run({
        image: fixture.tensor("image"),
        target: fixture.tensor("target"),
        weight: fixture.tensor("weight"),
        parameters: { dims: [whole.length], data: whole },
        momentum: { dims: [whole.length], data: whole.map(() => 0) },
        learningRate: { dims: [1], data: [1] },
        scalars: { dims: [2], data: [1, 1] },
      });
      const expectedLoss = fixture.index.losses[loss as keyof NetworkIndex["losses"]];
      expectClose(result.loss!.data, [expectedLoss], 1e-7, "loss");
      const moved = result["new/parameters"]!.data;
      const actual = whole.map((value, index) => value - moved[index]!);
      const expected = network.layout.flatMap((parameter) => [
        ...fixture.tensor(`gradient/${loss}/${parameter.name}`).data,
      ]);
      expectClose(actual, expected, 1e-6, `gradient of ${loss}`);
    },
  );

  it.each([nodeEngine(), webEngine()])("exported, gives PyTorch's logits on $name", async (engine) => {
    const session = await engine.open(exportNetwork(network, Float32Array.from(whole)), { threads: 1 });
    const { dims, data } = fixture.tensor("image");
    const { logits } = await session.run({ image: { type: "float32", dims, data: Float32Array.from(data) } });
    const expected = fixture.tensor("logits");
    expect(logits!.dims).toEqual(expected.dims);
    expectClose(Array.from(logits!.data, Number), expected.data, 2e-5, "logits");
    await session.release();
  });

  it.each([nodeEngine(), webEngine()])(
    "a step on $name moves the weights as the same step in double precision",
    async (engine) => {
      const program = await TrainProgram.create({
        network,
        loss: ourLosses.diceBce!,
        optimiser: optimiserOf({ kind: "sgd", momentum: 0 }),
        clipNorm: 0,
        batch,
        patch,
        seed: 0,
        engine,
        threads: 1,
      });
      program.load({
        step: 0,
        vectors: { parameters: Float32Array.from(whole), momentum: new Float32Array(whole.length) },
      });
      const single = (tensor: string): Float32Array => Float32Array.from(fixture.tensor(tensor).data);
      const data = { image: single("image"), target: single("target"), weight: single("weight") };
      const { loss } = await program.update(data, 1);
      expect(loss).toBeCloseTo(fixture.index.losses.diceBce, 5);
      const after = program.weights();
      const expected = network.layout.flatMap((parameter) => [
        ...fixture.tensor(`gradient/diceBce/${parameter.name}`).data,
      ]);
      expectClose(
        whole.map((value, index) => value - after[index]!),
        expected,
        3e-5,
        "gradient",
      );
      await program.release();
    },
  );
});

describe("image-classifier with categorical cross-entropy", () => {
  const network = describeNetwork({
    architecture: "image-classifier",
    channels: 2,
    levels: 2,
    inputChannels: 1,
    outputChannels: 3,
    maximumChannels: 4,
    dropout: 0,
  });
  const [batch, patch, voxels] = [2, [2, 4, 6] as const, 48];
  const random = Random.stream(7, "classifier");
  const draw = (length: number): number[] => Array.from({ length }, () => random.normal());
  const parameters = [...initialise(network, random)].map((value) => value + 0.1 * random.normal());
  const image = draw(batch * voxels);
  /** The first sample is of class 2, the second of class 0. */
  const target = Array.from({ length: batch * 3 * voxels }, (_, at) => {
    const [sample, channel] = [Math.floor(at / (3 * voxels)), Math.floor(at / voxels) % 3];
    return channel === (sample === 0 ? 2 : 0) ? 1 : 0;
  });

  it("has the loss written out, and gradients as central differences", async () => {
    const { engine, model } = capturingEngine();
    await TrainProgram.create({
      network,
      loss: categoricalCrossEntropy,
      optimiser: optimiserOf({ kind: "sgd", momentum: 0 }),
      clipNorm: 0,
      batch,
      patch,
      seed: 0,
      engine,
    });
    const session = openReference(model());
    const run = (data: readonly number[]) =>
      session.run({
        image: { dims: [batch, 1, ...patch], data: image },
        target: { dims: [batch, 3, ...patch], data: target },
        weight: { dims: [batch, 3], data: new Array(6).fill(1) },
        parameters: { dims: [data.length], data: [...data] },
        momentum: { dims: [data.length], data: data.map(() => 0) },
        learningRate: { dims: [1], data: [1] },
        scalars: { dims: [2], data: [1, 1] },
      });
    const result = run(parameters);
    // Some of every tensor.
    const places = network.layout.flatMap(({ offset, dims }) => {
      const length = dims.reduce((product, size) => product * size, 1);
      return [0, 0.4, 0.9].map((share) => offset + Math.floor(share * length));
    });
    const chosen = [...new Set(places)];
    const [expected] = centralDifferences(
      ([moved]) => {
        const changed = [...parameters];
        for (const [index, at] of chosen.entries()) changed[at] = moved![index]!;
        return run(changed).loss!.data[0]!;
      },
      [Float64Array.from(chosen, (at) => parameters[at]!)],
      1e-7,
    );
    const gradient = chosen.map((at) => parameters[at]! - result["new/parameters"]!.data[at]!);
    expectClose(gradient, expected!, 1e-5, "gradient");
    expect(gradient.filter((value) => Math.abs(value) > 1e-6).length).toBeGreaterThan(chosen.length / 3);

    const logits = openReference(exportNetwork(network, Float32Array.from(parameters))).run({
      image: { dims: [batch, 1, ...patch], data: image },
    }).logits!.data;
    const at = (sample: number, channel: number): number => logits[(sample * 3 + channel) * voxels]!;
    const loss = [0, 1].map((sample) => {
      const total = [0, 1, 2].reduce((sum, channel) => sum + Math.exp(at(sample, channel)), 0);
      return Math.log(total) - at(sample, sample === 0 ? 2 : 0);
    });
    // The mean over samples and channels: a third of the mean over samples.
    expect(result.loss!.data[0]).toBeCloseTo((loss[0]! + loss[1]!) / 6, 5);
    for (let voxel = 1; voxel < voxels; voxel++) expect(logits[voxel]).toBe(logits[0]);
  });
});

describe("losses", () => {
  const fixture = loadFixture<LossesIndex>("losses");
  const all: Record<string, ChannelLoss> = {
    ...ourLosses,
    bceForeground: lossOf({ kind: "cross-entropy", foregroundWeight: fixture.index.foregroundWeight }),
    diceBceCalibration: lossOf({ kind: "dice+cross-entropy+calibration" }),
  };
  it.each(Object.keys(all))("%s and its gradient by the logits, as PyTorch's to 1e-7", (name) => {
    const graph = new Graph();
    const [logits, target, weight] = ["logits", "target", "weight"].map((input) =>
      graph.input(input, fixture.tensor(input).dims),
    );
    const loss = weightedMean(all[name]!(logits!, target!), weight!);
    graph.output("loss", loss);
    graph.output("gradient", gradients(loss, [logits!])[0]!);
    const result = openReference(encode(graph)).run({
      logits: fixture.tensor("logits"),
      target: fixture.tensor("target"),
      weight: fixture.tensor("weight"),
    });
    expectClose(result.loss!.data, [fixture.index.losses[name as keyof LossesIndex["losses"]]], 1e-7, name);
    expectClose(result.gradient!.data, fixture.tensor(`gradient/${name}`).data, 1e-7, `gradient of ${name}`);
  });
});

describe("the average calibration error as a loss", () => {
  const [samples, channels, voxels] = [2, 2, 60];
  const dims = [samples, channels, 3, 4, 5];
  const random = Random.stream(5, "calibration");
  // In the middle of their bins, so that no step leads out of one.
  const places = Array.from({ length: samples * channels * voxels }, () => random.below(20));
  const logits = places.map((bin) => Math.log((bin + 0.5) / (19.5 - bin)));
  const target = logits.map((_, at) => (at < voxels ? 0 : random.uniform() < 0.4 ? 1 : 0));
  const weight = new Array(samples * channels).fill(1);
  const graph = new Graph();
  const inputs = [dims, dims, [samples, channels]].map((size, at) => graph.input(`input${at}`, size));
  const loss = weightedMean(averageCalibration(inputs[0]!, inputs[1]!), inputs[2]!);
  graph.output("loss", loss);
  graph.output("gradient", gradients(loss, [inputs[0]!])[0]!);
  const session = openReference(encode(graph));
  const run = (data: ArrayLike<number>) =>
    session.run({
      input0: { dims, data: Array.from(data) },
      input1: { dims, data: target },
      input2: { dims: [samples, channels], data: weight },
    });

  it("is the mean over filled bins of the gap between probability and frequency", () => {
    const errors = Array.from({ length: samples * channels }, (_, part) => {
      const gaps: number[] = [];
      for (let bin = 0; bin < 20; bin++) {
        const own = places
          .map((_, at) => at)
          .filter((at) => Math.floor(at / voxels) === part && places[at] === bin);
        if (own.length === 0) continue;
        const frequency = own.reduce((sum, at) => sum + target[at]!, 0) / own.length;
        gaps.push(Math.abs((bin + 0.5) / 20 - frequency));
      }
      return gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(run(logits).loss!.data[0]).toBeCloseTo(mean, 6);
  });

  it("has gradients as central differences, bins being fixed", () => {
    const [expected] = centralDifferences(
      ([moved]) => run(moved!).loss!.data[0]!,
      [Float64Array.from(logits)],
    );
    const { data } = run(logits).gradient!;
    expectClose(data, expected!, 1e-7, "gradient");
    expect(Array.from(data, Math.abs).filter((value) => value > 1e-5).length).toBeGreaterThan(voxels);
  });
});

describe("optimisers", () => {
  const fixture = loadFixture<OptimisersIndex>("optimisers").index;
  it("has every run of the fixture", () => {
    expect(fixture.runs.length).toBeGreaterThanOrEqual(6);
  });
  it.each(
    fixture.runs.map(
      (run) => [`${run.optimiser} ${JSON.stringify(run.options)}, clipping at ${run.clip}`, run] as const,
    ),
  )("%s takes PyTorch's five steps", (_, run) => {
    const flat = (numbers: { readonly weight: number[]; readonly bias: number[] }): number[] => [
      ...numbers.weight,
      ...numbers.bias,
    ];
    const start = { weight: fixture.parameters.weight.data, bias: fixture.parameters.bias.data };
    const count = flat(start).length;
    const graph = new Graph();
    const { epsilon, ...options } = run.options;
    expect(epsilon ?? 1e-8).toBe(1e-8);
    const chosen = optimiserOf({ kind: run.optimiser, ...options });
    const parameters = graph.input("parameters", [count]);
    const { gradient, norm } = clipByNorm(graph.input("gradient", [count]), run.clip ?? 0);
    const update = chosen.update({
      parameters,
      gradient,
      states: chosen.states.map((state) => graph.input(state, [count])),
      learningRate: graph.input("learningRate", [1]),
      scalars: graph.input("scalars", [2]),
    });
    graph.output("norm", norm);
    graph.output("new/parameters", update.parameters);
    chosen.states.forEach((state, index) => {
      graph.output(`new/${state}`, update.states[index]!);
    });
    const session = openReference(encode(graph));
    let values: Record<string, number[]> = { parameters: flat(start) };
    for (const state of chosen.states) values[state] = new Array(count).fill(0);
    fixture.steps.forEach((step, index) => {
      const vectors = Object.entries(values).map(([key, data]) => [key, { dims: [count], data }]);
      const result = session.run({
        ...Object.fromEntries(vectors),
        gradient: { dims: [count], data: flat(step.gradients) },
        learningRate: { dims: [1], data: [step.learningRate] },
        scalars: { dims: [2], data: [...chosen.scalars(index + 1)] },
      });
      expectClose(result["new/parameters"]!.data, flat(run.after[index]!), 1e-7, `step ${index + 1}`);
      expectClose(result.norm!.data, [step.norm], 1e-9, "norm");
      values = Object.fromEntries(Object.keys(values).map((key) => [key, [...result[`new/${key}`]!.data]]));
    });
  });
});
