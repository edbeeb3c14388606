import { describe, expect, it } from "vitest";
import { Random } from "../base/index.js";
import { expectedErrors } from "./expected-errors.js";
import { ReliabilityAccumulator } from "./reliability.js";

const probabilities = (count: number, random = new Random(1)): Float32Array =>
  Float32Array.from({ length: count }, () => random.uniform());

describe("errors expected by chance", () => {
  it("are those that volumes of labels drawn from the probabilities have", () => {
    const given = probabilities(500);
    const random = new Random(7);
    let ece = 0;
    const volumes = 400;
    for (let volume = 0; volume < volumes; volume++) {
      const accumulator = new ReliabilityAccumulator();
      const reference = Uint8Array.from(given, (p) => (random.uniform() < p ? 1 : 0));
      accumulator.add({ probabilities: given, reference });
      ece += accumulator.result().ece / volumes;
    }
    expect(expectedErrors(given, new Random(2), { draws: 200 }).ece).toBeCloseTo(ece, 2);
    // A mean of 15 absolute normal gaps, each of variance p (1 - p) / (500 / 15): sqrt(2 / pi) sd on average.
    const analytic = Math.sqrt((2 / Math.PI) * (15 / 500)) * (Math.PI / 8);
    expect(ece).toBeCloseTo(analytic, 2);
  });

  it("fall with the square root of the voxels, for every kind of error", () => {
    const small = expectedErrors(probabilities(400), new Random(3), { draws: 60 });
    const large = expectedErrors(probabilities(6400), new Random(3), { draws: 60 });
    for (const kind of ["ece", "adaptiveEce", "ace"] as const) {
      expect(small[kind] / large[kind]).toBeGreaterThan(3);
      expect(small[kind] / large[kind]).toBeLessThan(5.3);
    }
  });

  it("look at the box alone, and are none for probabilities that leave nothing to chance", () => {
    const certain = Float32Array.from({ length: 1000 }, (_, at) => at % 2);
    expect(expectedErrors(certain, new Random(1)).ece).toBe(0);
    // Certain but for one row.
    const mixed = certain.map((value, at) => (at < 10 ? 0.5 : value));
    const shape = [10, 10, 10] as const;
    const part = { shape, box: { low: [0, 1, 0], high: [10, 10, 10] } } as const;
    expect(expectedErrors(mixed, new Random(1), { part }).ece).toBe(0);
    expect(expectedErrors(mixed, new Random(1)).ece).toBeGreaterThan(0);
    const empty = { shape, box: { low: [0, 0, 0], high: [0, 0, 0] } } as const;
    expect(expectedErrors(mixed, new Random(1), { part: empty }).ece).toBeNaN();
  });
});

describe("the average calibration error", () => {
  it("counts every bin that is not empty the same, however few its voxels", () => {
    const accumulator = new ReliabilityAccumulator({ bins: 10 });
    // Ninety-nine voxels that are right about 5 %, within 1 %, and one that says 95 % and is wrong.
    const given = Float32Array.from({ length: 100 }, (_, at) => (at < 99 ? 0.05 : 0.95));
    const reference = Uint8Array.from(given, (_, at) => (at < 5 ? 1 : 0));
    accumulator.add({ probabilities: given, reference });
    const { ace, ece } = accumulator.result();
    expect(ace).toBeCloseTo((Math.abs(0.05 - 5 / 99) + 0.95) / 2, 6);
    expect(ece).toBeCloseTo((99 * Math.abs(0.05 - 5 / 99) + 0.95) / 100, 6);
  });

  it("of nothing is not defined", () => {
    expect(new ReliabilityAccumulator().result().ace).toBeNaN();
  });
});
