/** What a session asks of the runtime, seen by a runtime that only takes notes. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.js";
import { encode, Graph, multiply } from "../index.js";
import { leavesSizesOpen } from "../input-sizes.js";
import { decoded } from "../onnx-model.js";
import { type OrtRuntime, ortEngine } from "./ort.js";

interface Opened {
  readonly model: Uint8Array;
  readonly options: Readonly<Record<string, unknown>>;
  released: boolean;
}

/** @param fault thrown instead of opening */
function noting(fault?: string): { runtime: OrtRuntime; opened: Opened[] } {
  const opened: Opened[] = [];
  const runtime = {
    InferenceSession: {
      create: async (model: Uint8Array, options: Record<string, unknown> = {}) => {
        if (fault !== undefined) throw new Error(fault);
        const entry: Opened = { model, options, released: false };
        opened.push(entry);
        return {
          inputNames: ["x"],
          outputNames: ["y"],
          run: async (feeds: { x: { dims: number[] } }) => ({
            y: { type: "float32", dims: feeds.x.dims, data: new Float32Array(feeds.x.dims[0] as number) },
          }),
          release: async () => {
            entry.released = true;
          },
        };
      },
    },
    Tensor: class {
      constructor(
        readonly type: string,
        readonly data: unknown,
        readonly dims: readonly number[],
      ) {}
    },
  };
  return { runtime: runtime as unknown as OrtRuntime, opened };
}

const traits = {
  name: "noting",
  providers: { cpu: "the processor", webgpu: "the card" },
  writesFetches: false,
};

function model(size: number | string): Uint8Array {
  const graph = new Graph();
  graph.output("y", multiply(graph.input("x", [size]), 2));
  return encode(graph);
}

const feed = (size: number) => ({
  x: { type: "float32", dims: [size], data: new Float32Array(size) } as const,
});

describe("ortEngine", () => {
  it("opens with the engine's options where `open` says nothing, and with `open`'s where it does", async () => {
    const { runtime, opened } = noting();
    const engine = ortEngine(runtime, traits, { threads: 3 });
    await engine.open(model(2));
    await engine.open(model(2), { threads: 1 });
    await engine.open(model(2), { threads: undefined, device: "webgpu" });
    await ortEngine(runtime, traits).open(model(2));
    expect(opened.map(({ options }) => options.intraOpNumThreads)).toEqual([3, 1, 3, undefined]);
    expect(opened.map(({ options }) => options.executionProviders)).toEqual([
      ["the processor"],
      ["the processor"],
      ["the card"],
      ["the processor"],
    ]);
  });

  it("leaves nothing to the CPU on another device", async () => {
    const { runtime, opened } = noting();
    await ortEngine(runtime, traits, { device: "webgpu" }).open(model(2));
    expect(opened[0]?.options).toMatchObject({
      executionProviders: ["the card"],
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    });
    await ortEngine(runtime, traits).open(model(2));
    expect(opened[1]?.options).not.toHaveProperty("extra");
  });

  it("opens a model of open sizes for each size that comes, one at a time", async () => {
    const { runtime, opened } = noting();
    const session = await ortEngine(runtime, traits, { device: "webgpu" }).open(model("N"));
    expect([session.inputNames, session.outputNames]).toEqual([["x"], ["y"]]);
    const probe = opened.length;
    for (const size of [4, 4, 6, 4]) {
      const { y } = await session.run(feed(size));
      expect(y?.dims).toEqual([size]);
    }
    const sessions = opened.slice(probe);
    expect(sessions.map(({ model }) => leavesSizesOpen(decoded(model)!))).toEqual([false, false, false]);
    expect(sessions.map(({ released }) => released)).toEqual([true, true, false]);
    await session.release();
    expect(opened.every(({ released }) => released)).toBe(true);
  });

  it("opens a model of open sizes once on the CPU", async () => {
    const { runtime, opened } = noting();
    const session = await ortEngine(runtime, traits).open(model("N"));
    for (const size of [4, 6]) await session.run(feed(size));
    expect(opened.map(({ model }) => leavesSizesOpen(decoded(model)!))).toEqual([true]);
  });

  it.each([
    ["webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters", /no graphics card/],
    ["no available backend found. ERR: [webgpu] Error: not in this environment", /no graphics card/],
    [
      "This session contains graph nodes that are assigned to the default CPU EP, but",
      /an operator of the model/,
    ],
    ["Protobuf parsing failed", /Protobuf parsing failed/],
  ])("%s: names the device and what to do", async (fault, message) => {
    const engine = ortEngine(noting(fault).runtime, traits, { device: "webgpu" });
    for (const size of [2, "N"]) {
      const error = await engine.open(model(size)).catch((error) => error);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/^the device webgpu: /);
      expect(error.message).toMatch(message);
      expect(error.message).toContain("--device cpu");
    }
  });

  it("refuses memory of another size or type than the result", async () => {
    const session = await ortEngine(noting().runtime, traits).open(model(2));
    const y = { type: "float32", dims: [3], data: new Float32Array(3) } as const;
    await expect(session.run(feed(2), ["y"], { y })).rejects.toThrow("memory given for y");
  });
});
