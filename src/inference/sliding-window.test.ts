import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random, UserError } from "../base/index.js";
import type { Session, Tensor } from "../graph/engine.js";
import { affineFromSpacing, type Shape, type Volume } from "../volume/index.js";
import { cutWindow } from "./padding.js";
import { predictVolume } from "./sliding-window.js";
import type { WindowPlan } from "./window-plan.js";

/** Logits: the first channel and its negative; layer `half`: the voxels at multiples of the stride, both signs. */
class TinySession implements Session {
  readonly inputNames = ["image"];
  readonly outputNames = ["logits", "features/full", "features/half"];
  readonly sizes: string[] = [];

  constructor(private readonly stride: Shape = [2, 2, 2]) {}

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { dims, data } = feeds.image as Tensor;
    const [, , d, h, w] = dims as [number, number, number, number, number];
    this.sizes.push([w, h, d].join());
    const image = (data as Float32Array).subarray(0, d * h * w);
    const full = Float32Array.from([...image, ...image.map((value) => -value)]);
    const [si, sj, sk] = this.stride;
    const half: number[] = [];
    for (const sign of [1, -1])
      for (let k = 0; k < d; k += sk)
        for (let j = 0; j < h; j += sj)
          for (let i = 0; i < w; i += si) half.push(sign * image[i + w * (j + h * k)]!);
    return {
      logits: { type: "float32", dims: [1, 2, d, h, w], data: full },
      "features/full": { type: "float32", dims: [1, 2, d, h, w], data: full.slice() },
      "features/half": {
        type: "float32",
        dims: [1, 2, d / sk, h / sj, w / si],
        data: Float32Array.from(half),
      },
    };
  }

  async release(): Promise<void> {}
}

function randomImage(shape: Shape, seed: number): Volume<Float32Array> {
  const random = new Random(seed);
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => random.normal());
  return { shape, affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
}

const side = fc.integer({ min: 1, max: 17 });
const step = fc.constantFrom(1, 2);
const plan: WindowPlan = { window: [8, 8, 8], overlap: 0.5, multipleOf: [4, 4, 4] };

describe("predictVolume", () => {
  it("gives a voxel-wise network's own result whatever the windows, and each layer's voxels once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side, side),
        fc.double({ min: 0, max: 0.8, noNaN: true }),
        fc.boolean(),
        fc.tuple(step, step, step),
        async (shape, overlap, fixedSize, stride) => {
          const image = randomImage(shape, shape[0]);
          const seen: Record<string, number[]> = { full: [], half: [] };
          const probabilities = await predictVolume(
            new TinySession(stride),
            image,
            { ...plan, multipleOf: [2 * stride[0], 2 * stride[1], 2 * stride[2]], overlap, fixedSize },
            {
              outputChannels: 2,
              layers: ["full", "half"],
              onFeatures(layer, { dims, data }, { low, high }) {
                const [, , , h, w] = dims as number[];
                for (let k = low[2]; k < high[2]; k++)
                  for (let j = low[1]; j < high[1]; j++)
                    for (let i = low[0]; i < high[0]; i++)
                      seen[layer]!.push(data[i + w! * (j + h! * k)] as number);
              },
            },
          );
          const expected = [...image.data, ...image.data.map((value) => -value)];
          expected.forEach((logit, at) => {
            expect(probabilities.data[at]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
          });
          const even = [...image.data].filter((_, at) => {
            const i = at % shape[0];
            const j = Math.floor(at / shape[0]) % shape[1];
            const k = Math.floor(at / shape[0] / shape[1]);
            return i % stride[0] === 0 && j % stride[1] === 0 && k % stride[2] === 0;
          });
          const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
          expect(sorted(seen.full!)).toEqual(sorted(image.data));
          expect(sorted(seen.half!)).toEqual(sorted(even));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reports progress, stops when told and runs a small image whole", async () => {
    const session = new TinySession();
    await predictVolume(session, randomImage([15, 5, 3], 1), plan, { outputChannels: 2 });
    expect(session.sizes).toEqual(["16,8,4"]);

    const steps: string[] = [];
    const stop = new AbortController();
    const running = predictVolume(new TinySession(), randomImage([17, 8, 8], 1), plan, {
      outputChannels: 2,
      signal: stop.signal,
      onProgress(done, total) {
        steps.push(`${done}/${total}`);
        if (done === 2) stop.abort();
      },
    });
    await expect(running).rejects.toThrow(/abort/i);
    expect(steps).toEqual(["1/4", "2/4"]);
  });

  it("applies softmax over the channels", async () => {
    const image = randomImage([8, 8, 8], 3);
    const probabilities = await predictVolume(new TinySession(), image, plan, {
      outputChannels: 2,
      activation: "softmax",
    });
    expect(probabilities.data[5]! + probabilities.data[512 + 5]!).toBeCloseTo(1, 6);
    expect(probabilities.data[5]).toBeCloseTo(1 / (1 + Math.exp(-2 * image.data[5]!)), 6);
  });

  it("averages the probabilities of windows that disagree, not their logits", async () => {
    // Every window of 8 voxels says 10 where it starts at the image's first voxel, else -2.
    const image = randomImage([12, 8, 8], 3);
    image.data.fill(-2);
    image.data[0] = 10;
    const opinionated: Session = {
      inputNames: ["image"],
      outputNames: ["logits"],
      async run({ image: window }) {
        const { dims, data } = window as Tensor;
        return {
          logits: { type: "float32", dims, data: (data as Float32Array).map(() => data[0] as number) },
        };
      },
      async release() {},
    };
    const fixed = { ...plan, overlap: 0.5, fixedSize: true };
    const { data } = await predictVolume(opinionated, image, fixed, { outputChannels: 1 });
    const [sure, doubting] = [1 / (1 + Math.exp(-10)), 1 / (1 + Math.exp(2))];
    expect(data[0]).toBeCloseTo(sure, 6);
    expect(data[11]).toBeCloseTo(doubting, 6);
    // The middle of the overlap lies between the sixth and the seventh voxel: both windows weigh about the same there.
    expect((data[5]! + data[6]!) / 2).toBeCloseTo((sure + doubting) / 2, 5);
  });

  it("is never surer than certain, however windows overlap", async () => {
    for (const size of [9, 13, 22, 31]) {
      for (const overlap of [0.25, 0.5, 0.75]) {
        const image = randomImage([size, size + 3, size + 1], size);
        image.data.fill(90);
        const own: WindowPlan = { ...plan, overlap };
        const { data } = await predictVolume(new TinySession(), image, own, { outputChannels: 2 });
        expect(Math.max(...data)).toBe(1);
        expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it("refuses models and images that do not fit, and results that are not finite", async () => {
    const image = randomImage([8, 8, 8], 3);
    const predict = (changed: object, given = image): Promise<unknown> =>
      predictVolume(new TinySession(), given, plan, { outputChannels: 2, ...changed });
    await expect(predict({ outputChannels: 3 })).rejects.toThrow(/expected float32 \[1, 3, 8, 8, 8\]/);
    await expect(predict({ layers: ["bottleneck"] })).rejects.toThrow(/features of the layer bottleneck/);
    const broken = { ...image, data: image.data.slice() };
    broken.data[77] = Number.NaN;
    await expect(predict({}, broken)).rejects.toThrow(UserError);
    await expect(
      predictVolume(
        new TinySession(),
        image,
        { ...plan, window: [3, 3, 3], multipleOf: [1, 1, 1], overlap: 0 },
        { outputChannels: 2, layers: ["half"] },
      ),
    ).rejects.toThrow(/stride divides 1 x 1 x 1/);
  });
});

it.each([
  ["reflect", [5, 7, 9, 7, 5, 7]],
  ["edge", [5, 7, 9, 9, 9, 9]],
  ["zero", [5, 7, 9, 0, 0, 0]],
] as const)("pads beyond the far ends: %s, along every axis", (padding, expected) => {
  for (const axis of [0, 1, 2]) {
    const along = (length: number): Shape => [0, 1, 2].map((n) => (n === axis ? length : 1)) as never;
    const image = { ...randomImage(along(3), 1), data: Float32Array.of(5, 7, 9) };
    const window = new Float32Array(6).fill(NaN);
    cutWindow(image, { origin: [0, 0, 0], size: along(6), padding }, window);
    expect([...window]).toEqual(expected);
  }
});

it("reflects a single voxel onto itself", () => {
  const window = new Float32Array(3);
  cutWindow(
    { ...randomImage([1, 1, 1], 1), data: Float32Array.of(4) },
    { origin: [0, 0, 0], size: [3, 1, 1], padding: "reflect" },
    window,
  );
  expect([...window]).toEqual([4, 4, 4]);
});
