import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.js";
import {
  adaptiveEce,
  brier,
  type Confidence,
  ece,
  type Forecast,
  mce,
  nll,
  type Part,
  ReliabilityAccumulator,
} from "./index.js";

/** Forecasts of `count` voxels whose event comes true with probability `truth(p)`. */
function simulated(count: number, seed: number, truth: (p: number) => number, spread = 4): Forecast {
  const random = new Random(seed);
  const probabilities = Float32Array.from(
    { length: count },
    () => 1 / (1 + Math.exp(-spread * random.normal())),
  );
  return {
    probabilities,
    reference: Uint8Array.from(probabilities, (p) => (random.uniform() < truth(p) ? 1 : 0)),
  };
}

function accumulated(forecasts: readonly Forecast[], confidence: Confidence = "foreground") {
  const accumulator = new ReliabilityAccumulator({ confidence });
  for (const forecast of forecasts) accumulator.add(forecast);
  return accumulator.result();
}

/** All voxels of some forecasts in one. */
function joined(forecasts: readonly Forecast[]): Forecast {
  return {
    probabilities: Float32Array.from(forecasts.flatMap(({ probabilities }) => [...probabilities])),
    reference: Uint8Array.from(forecasts.flatMap(({ reference }) => [...reference])),
  };
}

const forecasts = fc
  .array(fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 60 })
  .map((voxels) => ({
    probabilities: Float32Array.from(voxels, ([p]) => p),
    reference: Uint8Array.from(voxels, ([, event]) => (event ? 1 : 0)),
  }));
const confidences = fc.constantFrom<Confidence>("foreground", "max-class");

describe("invariants", () => {
  test("errors lie between 0 and 1, and none is larger than the maximum", () => {
    fc.assert(
      fc.property(forecasts, confidences, fc.integer({ min: 1, max: 20 }), (forecast, confidence, bins) => {
        const options = { confidence, bins };
        const [expected, adaptive, most] = [
          ece(forecast, options),
          adaptiveEce(forecast, options),
          mce(forecast, options),
        ];
        for (const error of [expected, adaptive, most, brier(forecast)]) {
          expect(error).toBeGreaterThanOrEqual(0);
          expect(error).toBeLessThanOrEqual(1);
        }
        expect(expected).toBeLessThanOrEqual(most + 1e-12);
        expect(nll(forecast)).toBeGreaterThanOrEqual(0);
        expect(nll(forecast)).toBeLessThan(16.2);
      }),
    );
  });

  test("the order of voxels does not matter, ties or not", () => {
    fc.assert(
      fc.property(forecasts, confidences, ({ probabilities, reference }, confidence) => {
        const coarse = { probabilities: probabilities.map((p) => Math.round(4 * p) / 4), reference };
        const backwards = {
          probabilities: coarse.probabilities.toReversed(),
          reference: reference.toReversed(),
        };
        expect(adaptiveEce(backwards, { confidence })).toBeCloseTo(adaptiveEce(coarse, { confidence }), 12);
        expect(ece(backwards, { confidence })).toBeCloseTo(ece(coarse, { confidence }), 12);
      }),
    );
  });

  test("errors of max-class confidence are the same for the opposite event", () => {
    fc.assert(
      fc.property(forecasts, ({ probabilities, reference }) => {
        // Thirty-seconds: exact in float32, and 0.5, which belongs to neither side, left out.
        const p = probabilities.map((value) => (2 * Math.round(15 * value) + 1) / 32);
        const opposite = {
          probabilities: p.map((value) => 1 - value),
          reference: reference.map((event) => 1 - event),
        };
        const options = { confidence: "max-class" } as const;
        expect(ece(opposite, options)).toBeCloseTo(ece({ probabilities: p, reference }, options), 12);
        expect(adaptiveEce(opposite, options)).toBeCloseTo(
          adaptiveEce({ probabilities: p, reference }, options),
          12,
        );
      }),
    );
  });

  test("volumes added one by one, merged, or joined into one are the same", () => {
    const volumes = [1, 2, 3].map((seed) => simulated(700 * seed, seed, (p) => p * p));
    const streamed = accumulated(volumes);
    const whole = accumulated([joined(volumes)]);
    const merged = new ReliabilityAccumulator();
    for (const volume of volumes) {
      const own = new ReliabilityAccumulator();
      own.add(volume);
      merged.merge(own);
    }
    for (const result of [whole, merged.result()]) {
      for (const measure of ["ece", "adaptiveEce", "mce", "brier", "nll"] as const) {
        expect(result[measure], measure).toBeCloseTo(streamed[measure], 10);
      }
      expect(result.voxels).toBe(4200);
      expect(result.diagram.map(({ count }) => count)).toEqual(streamed.diagram.map(({ count }) => count));
    }
  });
});

describe("simulated forecasts", () => {
  test("whose probabilities are true have small errors", () => {
    const forecast = simulated(200_000, 7, (p) => p);
    for (const confidence of ["foreground", "max-class"] as const) {
      expect(ece(forecast, { confidence })).toBeLessThan(0.005);
      expect(adaptiveEce(forecast, { confidence })).toBeLessThan(0.005);
      expect(mce(forecast, { confidence })).toBeLessThan(0.03);
    }
  });

  test("that are 0.1 too high everywhere have an error of 0.1, which folding at 0.5 hides in part", () => {
    const forecast = simulated(200_000, 8, (p) => Math.max(0, p - 0.1), 1);
    expect(ece(forecast)).toBeCloseTo(0.1, 2);
    expect(adaptiveEce(forecast)).toBeCloseTo(0.1, 2);
    expect(ece(forecast, { confidence: "max-class" })).toBeLessThan(0.05);
  });

  test("in fine bins, adaptive error agrees with the sorted one, however probabilities crowd at the ends", () => {
    for (const [seed, spread] of [
      [1, 0.3],
      [2, 3],
      [3, 12],
      [4, 40],
    ] as const) {
      const forecast = simulated(150_000, seed, (p) => 0.02 + 0.9 * p, spread);
      for (const confidence of ["foreground", "max-class"] as const) {
        const exact = adaptiveEce(forecast, { confidence });
        expect(Math.abs(accumulated([forecast], confidence).adaptiveEce - exact)).toBeLessThan(1e-4);
      }
    }
  });
});

describe("by hand", () => {
  const forecast: Forecast = {
    probabilities: Float32Array.of(0, 0.25, 0.25, 0.5, 1, 1),
    reference: Uint8Array.of(0, 1, 0, 255, 1, 0),
  };

  test("bars are closed below, and the last one above", () => {
    const accumulator = new ReliabilityAccumulator({ bins: 2 });
    accumulator.add(forecast);
    const result = accumulator.result();
    expect(result.diagram).toEqual([
      { low: 0, high: 0.5, confidence: 0.5 / 3, frequency: 1 / 3, count: 3 },
      { low: 0.5, high: 1, confidence: 2.5 / 3, frequency: 2 / 3, count: 3 },
    ]);
    expect(result.ece).toBeCloseTo(1 / 6, 12);
    expect(result.mce).toBeCloseTo(1 / 6, 12);
    expect(result.brier).toBeCloseTo((0.5625 + 0.0625 + 0.25 + 1) / 6, 12);
  });

  test("certain and wrong costs 16.1 nats, certain and right next to nothing", () => {
    expect(nll({ probabilities: Float32Array.of(1), reference: Uint8Array.of(0) })).toBeCloseTo(
      -Math.log(1e-7),
      8,
    );
    expect(nll({ probabilities: Float32Array.of(1), reference: Uint8Array.of(1) })).toBeCloseTo(1e-7, 12);
  });

  test("a group of ties is shared between bins of equal mass in proportion", () => {
    // Two bins of 3 voxels: {0, 0.25, 0.25} and {0.5, 1, 1}; three bins of 2 split the ties at 0.25.
    expect(adaptiveEce(forecast, { bins: 2 })).toBeCloseTo(1 / 6, 12);
    expect(adaptiveEce(forecast, { bins: 3 })).toBeCloseTo((0.25 + 0.75 + 1) / 6, 12);
  });

  test("a volume with a weight counts as much as that, however many voxels it has", () => {
    const accumulator = new ReliabilityAccumulator();
    accumulator.add(
      { probabilities: new Float32Array(1000).fill(1), reference: new Uint8Array(1000) },
      { weight: 1 },
    );
    accumulator.add({ probabilities: new Float32Array(10), reference: new Uint8Array(10) }, { weight: 3 });
    const result = accumulator.result();
    expect(result.ece).toBeCloseTo(0.25, 12);
    expect(result.adaptiveEce).toBeCloseTo(0.25, 12);
    expect(result.brier).toBeCloseTo(0.25, 12);
    expect(result.voxels).toBe(1010);
  });

  test("a part is measured as if it were the volume", () => {
    const volume = simulated(4 * 5 * 6, 3, (p) => p);
    const part: Part = { shape: [4, 5, 6], box: { low: [1, 0, 2], high: [3, 4, 6] } };
    const inside = [...volume.probabilities.keys()].filter((at) => {
      const [i, j, k] = [at % 4, Math.floor(at / 4) % 5, Math.floor(at / 20)];
      return i >= 1 && i < 3 && j < 4 && k >= 2;
    });
    const cut: Forecast = {
      probabilities: Float32Array.from(inside, (at) => volume.probabilities[at]!),
      reference: Uint8Array.from(inside, (at) => volume.reference[at]!),
    };
    const options = { part };
    expect(ece(volume, options)).toBeCloseTo(ece(cut), 12);
    expect(adaptiveEce(volume, options)).toBeCloseTo(adaptiveEce(cut), 12);
    expect(nll(volume, options)).toBeCloseTo(nll(cut), 12);
  });
});

describe("what cannot be measured", () => {
  test("without voxels every figure is NaN, and every bar empty", () => {
    const result = new ReliabilityAccumulator().result();
    expect(result).toMatchObject({ ece: NaN, adaptiveEce: NaN, mce: NaN, brier: NaN, nll: NaN, voxels: 0 });
    expect(result.diagram[3]).toMatchObject({ confidence: null, frequency: null, count: 0 });
    expect(adaptiveEce({ probabilities: new Float32Array(), reference: new Uint8Array() })).toBeNaN();
  });

  test("numbers that are no probabilities, and sizes that do not fit, are refused", () => {
    const reference = Uint8Array.of(1);
    for (const p of [-0.1, 1.5, Number.NaN]) {
      expect(() => ece({ probabilities: Float32Array.of(p), reference })).toThrow("not a probability");
      expect(() => adaptiveEce({ probabilities: Float32Array.of(p), reference })).toThrow(
        "not a probability",
      );
    }
    expect(() => ece({ probabilities: new Float32Array(2), reference })).toThrow(RangeError);
    expect(() => new ReliabilityAccumulator({ bins: 0 })).toThrow(RangeError);
    const part: Part = { shape: [1, 1, 1], box: { low: [0, 0, 0], high: [2, 1, 1] } };
    expect(() => ece({ probabilities: new Float32Array(1), reference }, { part })).toThrow(
      "leaves the image",
    );
    expect(() =>
      new ReliabilityAccumulator().merge(new ReliabilityAccumulator({ confidence: "max-class" })),
    ).toThrow(RangeError);
    expect(() =>
      new ReliabilityAccumulator().add({ probabilities: new Float32Array(1), reference }, { weight: -1 }),
    ).toThrow(RangeError);
  });

  test("a negative zero is a zero", () => {
    expect(adaptiveEce({ probabilities: Float32Array.of(-0, 0), reference: Uint8Array.of(0, 0) })).toBe(0);
    expect(ece({ probabilities: Float32Array.of(-0, 0), reference: Uint8Array.of(0, 0) })).toBe(0);
  });
});
