/** The contract of every engine's sessions: what they return, and into which memory. */
import { describe, expect, it } from "vitest";
import { Random, UserError } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import {
  add,
  encode,
  Graph,
  multiply,
  type Session,
  type Tensor,
  type TensorData,
} from "../../src/graph/index.js";
import { describeNetwork, exportNetwork, initialise } from "../../src/network/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { expectClose } from "./reference/gradient-check.js";
import { buildModel } from "./reference/model-builder.js";

/** y = 2 x and z = x + 1, of any length. */
function model(): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", ["N"]);
  graph.output("y", multiply(x, 2));
  graph.output("z", add(x, 1));
  return encode(graph);
}

const vector = (...data: number[]): Tensor => ({
  type: "float32",
  dims: [data.length],
  data: Float32Array.from(data),
});

describe.each([nodeEngine(), webEngine()])("$name", (engine) => {
  it("computes only the outputs asked for, or all", async () => {
    const session = await engine.open(model(), { threads: 1 });
    expect(session.inputNames).toEqual(["x"]);
    expect(session.outputNames).toEqual(["y", "z"]);
    expect(await session.run({ x: vector(1, 2) })).toEqual({ y: vector(2, 4), z: vector(2, 3) });
    expect(await session.run({ x: vector(1) }, ["z"])).toEqual({ z: vector(2) });
    await session.release();
  });

  it("writes results into the memory that it is given, run after run", async () => {
    const session = await engine.open(model(), { threads: 1 });
    const y = vector(0, 0);
    for (const first of [1, 5, -3]) {
      const results = await session.run({ x: vector(first, 7) }, ["y", "z"], { y });
      expect(results.y?.data).toBe(y.data);
      expect(results).toEqual({ y: vector(2 * first, 14), z: vector(first + 1, 8) });
    }
    let memory: Record<string, Tensor> = {};
    for (const first of [1, 5, -3]) {
      const before = memory.y?.data;
      memory = await session.run({ x: vector(first, 7) }, undefined, memory);
      if (before !== undefined) expect(memory.y?.data).toBe(before);
      expect(memory).toEqual({ y: vector(2 * first, 14), z: vector(first + 1, 8) });
    }
    await session.release();
  });

  it("names an input that was not given", async () => {
    const session = await engine.open(model(), { threads: 1 });
    await expect(session.run({})).rejects.toThrow("input x");
    await session.release();
  });
});

const numbers = (data: TensorData): number[] => Array.from(data as Float32Array);

const webgpu = nodeEngine({ device: "webgpu" });

/** A session on the graphics card, or the error where there is none. */
const opened = (bytes: Uint8Array): Promise<Session | UserError> =>
  webgpu.open(bytes).catch((error) => {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  });

const here = await opened(model());
const present = !(here instanceof UserError);
if (present) await here.release();
/** Chromium's software Vulkan will do: docs/engine.md says how. */
const noAdapter = "this machine has no WebGPU adapter";

describe("onnxruntime-node on webgpu", () => {
  it("says so where there is no adapter", (context) => {
    context.skip(present, "this machine has a WebGPU adapter");
    expect((here as UserError).message).toMatch(/^the device webgpu: found no graphics card.*--device cpu/s);
  });

  it("runs a network of any size with the CPU's results", async (context) => {
    context.skip(!present, noAdapter);
    const network = describeNetwork({
      architecture: "residual-unet",
      channels: 2,
      levels: 3,
      strides: [
        [2, 2, 1],
        [2, 2, 2],
      ],
      inputChannels: 1,
      outputChannels: 1,
      maximumChannels: 8,
      dropout: 0,
    });
    const bytes = exportNetwork(network, initialise(network, new Random(1)));
    const sessions = [await webgpu.open(bytes), await nodeEngine().open(bytes)];
    const random = new Random(2);
    for (const dims of [
      [1, 1, 4, 8, 4],
      [1, 1, 2, 4, 8],
    ]) {
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal());
      const image: Tensor = { type: "float32", dims, data };
      const [found, expected] = await Promise.all(sessions.map((session) => session.run({ image })));
      for (const [name, { dims, data }] of Object.entries(expected!)) {
        expect(found![name]?.dims).toEqual(dims);
        expectClose(numbers(found![name]!.data), numbers(data), 1e-4, name);
      }
    }
    for (const session of sessions) await session.release();
  });

  it("writes results into the memory that it is given", async (context) => {
    context.skip(!present, noAdapter);
    const session = await webgpu.open(model());
    const y = vector(0, 0);
    for (const first of [1, 5]) {
      const results = await session.run({ x: vector(first, 7) }, ["y"], { y });
      expect(results.y?.data).toBe(y.data);
      expect(results.y).toEqual(vector(2 * first, 14));
    }
    await session.release();
  });

  it("refuses a model with an operator that only the CPU has, instead of computing it there", async (context) => {
    context.skip(!present, noAdapter);
    const bytes = buildModel({
      nodes: [{ operator: "Det", inputs: ["x"], outputs: ["y"] }],
      inputs: { x: { type: "float32", dims: [2, 2] } },
      outputs: ["y"],
      opset: 18,
    });
    await expect(webgpu.open(bytes)).rejects.toThrow(
      /an operator of the model that cannot be computed there/,
    );
  });

  it("names the device where an operator fails only once it runs", async (context) => {
    context.skip(!present, noAdapter);
    const type = { type: "float32", dims: [1, 1, 2, 2, 2] } as const;
    const bytes = buildModel({
      nodes: [{ operator: "ConvTranspose", inputs: ["x", "kernel"], outputs: ["y"] }],
      inputs: { x: type, kernel: type },
      outputs: ["y"],
      opset: 18,
    });
    const session = await webgpu.open(bytes);
    const x: Tensor = { ...type, data: new Float32Array(8) };
    await expect(session.run({ x, kernel: x })).rejects.toThrow(/^the device webgpu: .*--device cpu/s);
    await session.release();
  });
});
