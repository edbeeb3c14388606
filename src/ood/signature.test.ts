import fc from "fast-check";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { type Fixture, loadFixture } from "../../test/oracle/load-fixture.js";
import { Random, UserError } from "../base/index.js";
import type { Box } from "../volume/index.js";
import { signature, signatureForms, singularValues } from "./signature.js";
import { SignatureAccumulator } from "./signature-accumulator.js";

const fixture: Fixture<{ cases: string[]; epsilon: number }> = loadFixture("signature");

const boxOf = ([, , d, h, w]: readonly number[]): Box => ({ low: [0, 0, 0], high: [w!, h!, d!] });

function accumulate(features: Float32Array, dims: readonly number[], boxes = [boxOf(dims)]) {
  const accumulator = new SignatureAccumulator(dims[1]!);
  for (const box of boxes) accumulator.add(features, dims, box);
  return accumulator;
}

function randomFeatures(seed: number, channels: number, [w, h, d]: readonly [number, number, number]) {
  const random = new Random(seed);
  const data = Float32Array.from({ length: channels * w * h * d }, () => random.normal() + 0.3);
  return { data, dims: [1, channels, d, h, w] };
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!)));
}

describe("signature", () => {
  it.each(fixture.index.cases.flatMap((name) => signatureForms.map((form) => [name, form] as const)))(
    "agrees with NumPy's singular value decomposition: %s, %s",
    (name, form) => {
      const { dims, data } = fixture.tensor(`features/${name}`);
      const statistics = accumulate(Float32Array.from(data), [1, ...dims]).statistics();
      const found = signature(statistics, form, fixture.index.epsilon);
      expect(greatestDifference(found, fixture.tensor(`signature/${name}/${form}`).data)).toBeLessThan(1e-6);
    },
  );

  it("agrees with a direct decomposition of the whole matrix", () => {
    const { data, dims } = randomFeatures(5, 16, [12, 10, 9]);
    const rows = 12 * 10 * 9;
    const matrix = new Matrix(rows, 16);
    for (let c = 0; c < 16; c++) for (let v = 0; v < rows; v++) matrix.set(v, c, data[c * rows + v]!);
    const direct = new SingularValueDecomposition(matrix).diagonal.map(Math.log);
    const norm = Math.hypot(...direct);
    const found = signature(accumulate(data, dims).statistics(), "paper");
    expect(
      greatestDifference(
        found,
        direct.map((value) => value / norm),
      ),
    ).toBeLessThan(1e-9);
  });

  it("floors the singular values of dead channels and of channels beyond the voxels", () => {
    const none = accumulate(new Float32Array(4 * 8), [1, 4, 2, 2, 2]).statistics();
    expect([...signature(none, "paper")]).toEqual([-0.5, -0.5, -0.5, -0.5]);
    const { data, dims } = randomFeatures(1, 6, [2, 1, 1]);
    const few = accumulate(data, dims).statistics();
    expect(few.rows).toBe(2);
    const values = signature(few, "per-voxel");
    expect(values.slice(2)).toEqual(new Float64Array(4).fill(values[2]!));
  });

  it("per voxel does not depend on how often the image is repeated; the paper's form does", () => {
    const { data, dims } = randomFeatures(2, 5, [6, 5, 4]);
    const box = boxOf(dims);
    const once = accumulate(data, dims).statistics();
    const thrice = accumulate(data, dims, [box, box, box]).statistics();
    expect(greatestDifference(signature(once, "per-voxel"), signature(thrice, "per-voxel"))).toBeLessThan(
      1e-12,
    );
    expect(greatestDifference(signature(once, "covariance"), signature(thrice, "covariance"))).toBeLessThan(
      1e-12,
    );
    expect(greatestDifference(signature(once, "paper"), signature(thrice, "paper"))).toBeGreaterThan(1e-3);
  });

  it("refuses a layer without a voxel", () => {
    const empty = new SignatureAccumulator(3).statistics();
    expect(() => singularValues(empty, "paper")).toThrow(/without a voxel/);
  });
});

describe("SignatureAccumulator", () => {
  it("gives the Gram matrix of the boxes, whatever their number and shape", () => {
    const side = fc.integer({ min: 1, max: 13 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 11 }),
        fc.tuple(side, side, side),
        fc.tuple(fc.double({ max: 1, min: 0, noNaN: true }), fc.integer({ min: 0, max: 2 })),
        (channels, shape, [part, axis]) => {
          const { data, dims } = randomFeatures(shape[0] + 20 * channels, channels, shape);
          const cut = [...shape] as [number, number, number];
          cut[axis] = Math.floor(part * shape[axis]!);
          const rest: [number, number, number] = [0, 0, 0];
          rest[axis] = cut[axis]!;
          const found = accumulate(data, dims, [
            { low: [0, 0, 0], high: cut },
            { low: rest, high: shape },
          ]);
          const space = shape[0] * shape[1] * shape[2];
          expect(found.rows()).toBe(space);
          const gram = found.gram();
          for (let a = 0; a < channels; a++) {
            let sum = 0;
            for (let v = 0; v < space; v++) sum += data[a * space + v]!;
            expect(found.statistics().columnSums[a]).toBeCloseTo(sum, 8);
            for (let b = 0; b < channels; b++) {
              let product = 0;
              for (let v = 0; v < space; v++) product += data[a * space + v]! * data[b * space + v]!;
              expect(gram[a * channels + b]).toBeCloseTo(product, 8);
            }
          }
          const other = new SignatureAccumulator(channels);
          other.addGram(gram, found.statistics().columnSums, found.rows());
          expect(other.statistics()).toEqual(found.statistics());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("counts the interior alone, whichever faces of the map it touches", () => {
    const side = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(fc.tuple(side, side, side), (ranges) => {
        const { data, dims } = randomFeatures(3, 2, [5, 5, 5]);
        const low = ranges.map((range) => Math.min(...range)) as [number, number, number];
        const high = ranges.map((range) => Math.max(...range)) as [number, number, number];
        let [rows, product] = [0, 0];
        for (let k = low[2]; k < high[2]; k++)
          for (let j = low[1]; j < high[1]; j++)
            for (let i = low[0]; i < high[0]; i++) {
              const at = i + 5 * (j + 5 * k);
              rows++;
              product += data[at]! * data[125 + at]!;
            }
        const found = accumulate(data, dims, [{ low, high }]);
        expect(found.rows()).toBe(rows);
        expect(found.gram()[1]).toBeCloseTo(product, 9);
      }),
    );
  });

  it("counts a single voxel", () => {
    const { data, dims } = randomFeatures(9, 2, [5, 4, 3]);
    const found = accumulate(data, dims, [{ low: [1, 2, 0], high: [2, 3, 1] }]);
    const at = 1 + 5 * 2;
    expect(found.rows()).toBe(1);
    expect(found.gram()[1]).toBeCloseTo(data[at]! * data[60 + at]!, 12);
  });

  it.each([Number.NaN, Infinity, -Infinity])("refuses a feature that is %d", (bad) => {
    const { data, dims } = randomFeatures(9, 3, [4, 4, 4]);
    data[70] = bad;
    const accumulator = new SignatureAccumulator(3, "encoder1");
    expect(() => accumulator.add(data, dims, boxOf(dims))).toThrow(UserError);
    expect(() => new SignatureAccumulator(3, "encoder1").add(data, dims, boxOf(dims))).toThrow(
      /layer encoder1, channel 1: found features that are not finite/,
    );
  });

  it("refuses other channels, a box outside and too many channels", () => {
    const { data, dims } = randomFeatures(9, 3, [4, 4, 4]);
    expect(() => new SignatureAccumulator(2).add(data, dims, boxOf(dims))).toThrow(/2 channels/);
    const beyond: Box = { low: [0, 0, 0], high: [5, 4, 4] };
    expect(() => new SignatureAccumulator(3).add(data, dims, beyond)).toThrow(/outside/);
    expect(() => new SignatureAccumulator(1e6)).toThrow(UserError);
  });
});
