import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fixture, loadFixture } from "../../test/oracle/load-fixture.js";
import { affineFromSpacing, connectedComponents, type Shape } from "../volume/index.js";
import { largestPatchMean, nonBoundaryMean, predictedMask } from "./predicted-mask.js";
import { readVoxels } from "./uncertainty.js";

interface Expected {
  readonly nonBoundary: number;
  readonly patch: number;
  readonly components: number;
  readonly voxels: number;
}

const fixture: Fixture<{ maps: Record<string, Expected> }> = loadFixture("opponents");

describe.each(Object.entries(fixture.index.maps))("SciPy and scikit-image, %s", (name, expected) => {
  const { dims, data } = fixture.tensor(`map/${name}`);
  const shape: Shape = [dims[2]!, dims[1]!, dims[0]!];
  const map = Float32Array.from(data);
  const labels = Uint8Array.from(fixture.tensor(`labels/${name}`).data);

  it("mean away from the boundary", () => {
    expect(nonBoundaryMean(map, labels, shape)).toBeCloseTo(expected.nonBoundary, 10);
  });

  it("largest mean of a patch", () => {
    expect(largestPatchMean(map, shape, 10)).toBeCloseTo(expected.patch, 10);
  });

  it("pieces and their volume", () => {
    const probabilities = Float32Array.from(labels, (label) => (label > 0 ? 0.9 : 0.2));
    const found = predictedMask(
      { shape, affine: affineFromSpacing([2, 1, 0.5]) },
      readVoxels([probabilities], { channels: 1, labelMode: "shared" }),
    );
    expect(found.volume).toBeCloseTo(expected.voxels, 9);
    expect(found.components).toBe(expected.components);
    expect(connectedComponents(labels, shape).sizes).toHaveLength(expected.components + 1);
  });
});

it("where every voxel lies on a boundary all of them count", () => {
  const shape: Shape = [4, 4, 4];
  const board = Uint8Array.from({ length: 64 }, (_, at) => (at + (at >> 2) + (at >> 4)) % 2);
  const map = Float32Array.from({ length: 64 }, (_, at) => at);
  expect(nonBoundaryMean(map, board, shape)).toBeCloseTo(31.5, 10);
});

it("no patch is more doubtful than its most doubtful voxel, nor the worst one less than the image", () => {
  const size = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(
      fc.tuple(size, size, size),
      fc.integer({ min: 1, max: 9 }),
      fc.integer(),
      (shape, edge, seed) => {
        const count = shape[0] * shape[1] * shape[2];
        const map = Float32Array.from({ length: count }, (_, at) => Math.abs(Math.sin(seed + at * at)));
        const largest = largestPatchMean(map, shape, edge);
        expect(largest).toBeLessThanOrEqual(Math.max(...map) + 1e-9);
        if (edge === 1) expect(largest).toBeCloseTo(Math.max(...map), 12);
        if (edge >= Math.max(...shape)) {
          expect(largest).toBeCloseTo(map.reduce((sum, value) => sum + value, 0) / count, 9);
        }
      },
    ),
  );
});
