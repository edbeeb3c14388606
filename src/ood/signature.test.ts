import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Random } from "../random.js";
import { GramAccumulator, type SignatureForm, signatureOf, singularValues } from "./signature.js";

const dims = [1, 5, 6, 7, 9] as const;
const [, channels, d, h, w] = dims;
const voxels = d * h * w;

/** Correlated channels on different scales, one of them dead. */
function features(): Float32Array {
  const random = new Random(3);
  const data = new Float32Array(channels * voxels);
  for (let v = 0; v < voxels; v++) {
    const shared = random.normal();
    for (let c = 0; c < channels - 1; c++) data[c * voxels + v] = 10 ** -c * (shared + random.normal());
  }
  return data;
}

function direct(data: Float32Array, form: SignatureForm): Float64Array {
  const rows = Array.from({ length: voxels }, (_, v) =>
    Array.from({ length: channels }, (_, c) => data[c * voxels + v]!),
  );
  return signatureOf(
    Float64Array.from(new SingularValueDecomposition(new Matrix(rows)).diagonal),
    voxels,
    form,
  );
}

describe.each(["paper", "per-voxel"] as const)("signature, form %s", (form) => {
  it("streamed over boxes agrees with a direct SVD of the whole feature matrix to 1e-6", () => {
    const data = features();
    const accumulator = new GramAccumulator(channels);
    const tensor = { type: "float32" as const, dims, data };
    accumulator.add(tensor, { low: [0, 0, 0], high: [4, h, d] });
    accumulator.add(tensor, { low: [4, 0, 0], high: [w, 3, d] });
    accumulator.add(tensor, { low: [4, 3, 0], high: [w, h, d] });
    expect(accumulator.rows).toBe(voxels);
    const streamed = signatureOf(singularValues(accumulator.gram, channels), voxels, form);
    const expected = direct(data, form);
    streamed.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-6);
    });
    expect(Math.hypot(...streamed)).toBeCloseTo(1, 12);
  });
});

it("per-voxel form does not depend on the size of the image, the paper's does", () => {
  const data = features();
  const once = new GramAccumulator(channels);
  const twice = new GramAccumulator(channels);
  const all = { low: [0, 0, 0] as const, high: [w, h, d] as const };
  const tensor = { type: "float32" as const, dims, data };
  once.add(tensor, all);
  twice.add(tensor, all);
  twice.add(tensor, all);
  const of = (g: GramAccumulator, form: SignatureForm) =>
    signatureOf(singularValues(g.gram, channels), g.rows, form)[0]!;
  expect(of(twice, "per-voxel")).toBeCloseTo(of(once, "per-voxel"), 9);
  expect(Math.abs(of(twice, "paper") - of(once, "paper"))).toBeGreaterThan(1e-4);
});

it("refuses features that are not finite", () => {
  const data = features();
  data[0] = Number.NaN;
  const accumulator = new GramAccumulator(channels);
  expect(() => accumulator.add({ type: "float32", dims, data }, { low: [0, 0, 0], high: [w, h, d] })).toThrow(
    /not finite/,
  );
});
