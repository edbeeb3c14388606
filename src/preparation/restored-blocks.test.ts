import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Axis,
  affineFromSpacing,
  gridWithSpacing,
  reorient,
  type Shape,
  type Volume,
  voxelCount,
} from "../volume/index.js";
import { placementOf } from "./placement.js";
import { restoredBlocks } from "./restored-blocks.js";
import { restoredSlabs, type Slab } from "./restored-slabs.js";

const CHANNELS = 2;

/** Slices of a volume in pieces of the lengths given, over and over. */
async function* piecesOf(values: Volume<Float32Array>, lengths: readonly number[]): AsyncGenerator<Slab> {
  const slice = values.shape[0] * values.shape[1];
  let firstSlice = 0;
  for (let piece = 0; firstSlice < values.shape[2]; piece++) {
    const slices = Math.min(lengths[piece % lengths.length]!, values.shape[2] - firstSlice);
    const channels = Array.from({ length: CHANNELS }, (_, channel) => {
      const start = (channel * values.shape[2] + firstSlice) * slice;
      return [...values.data.subarray(start, start + slices * slice)];
    });
    yield { firstSlice, slices, data: Float32Array.from(channels.flat()) };
    firstSlice += slices;
  }
}

const size = fc.integer({ min: 2, max: 9 });
const spacing = fc.constantFrom(0.7, 1, 2.3);

test("values that come slice by slice are restored as those of a whole volume, however the file's axes run", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        shape: fc.tuple(size, size, size),
        own: fc.tuple(spacing, spacing, spacing),
        prepared: fc.tuple(spacing, spacing, spacing),
        orientation: fc.constantFrom("RAS", "LPS", "SRA", "IPR", "ASL"),
        lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        nearestAlong: fc.constantFrom<Axis | undefined>(undefined, 0, 1, 2),
        cut: fc.integer({ min: 0, max: 1 }),
      }),
      async ({ shape, own, prepared, orientation, lengths, nearestAlong, cut }) => {
        const original = reorient(
          {
            shape: shape as Shape,
            affine: affineFromSpacing(own),
            channels: 1,
            data: new Uint8Array(voxelCount(shape)),
          },
          orientation,
        );
        const grid = gridWithSpacing(reorient(original, "RAS"), prepared);
        const data = Float32Array.from(
          { length: CHANNELS * voxelCount(grid.shape) },
          (_, at) => Math.sin(at * 1.7) * 10,
        );
        const values: Volume<Float32Array> = { ...grid, channels: CHANNELS, data };
        const whole = placementOf(original, original);
        const seen = { low: [cut, 0, cut] as const, high: whole.seen.high };
        const placement = { ...whole, seen, nearestAlong };
        const outside = [-7, -8];

        const voxels = voxelCount(original.shape);
        const expected = new Float32Array(CHANNELS * voxels);
        const [ni, nj] = original.shape;
        for (const { firstSlice, slices, data: part } of restoredSlabs(values, placement, outside)) {
          for (let channel = 0; channel < CHANNELS; channel++) {
            const length = slices * ni * nj;
            const from = part.subarray(channel * length, (channel + 1) * length);
            expected.set(from, channel * voxels + firstSlice * ni * nj);
          }
        }

        const found = new Float32Array(CHANNELS * voxels);
        const visits = new Uint8Array(voxels);
        const slabs = piecesOf(values, lengths);
        for await (const block of restoredBlocks({ grid, channels: CHANNELS, slabs }, placement, outside)) {
          let from = 0;
          for (let channel = 0; channel < CHANNELS; channel++) {
            for (let k = 0; k < block.shape[2]; k++) {
              for (let j = 0; j < block.shape[1]; j++) {
                for (let i = 0; i < block.shape[0]; i++, from++) {
                  const to = block.low[0] + i + ni * (block.low[1] + j + nj * (block.low[2] + k));
                  found[channel * voxels + to] = block.data[from]!;
                  if (channel === 0) visits[to]!++;
                }
              }
            }
          }
        }
        expect(visits.every((count) => count === 1)).toBe(true);
        const furthest = found.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - expected[at]!)),
          0,
        );
        expect(furthest).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 150 },
  );
});
