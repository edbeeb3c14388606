import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.js";
import {
  ece,
  fitTemperature,
  HIGHEST_TEMPERATURE,
  LOWEST_TEMPERATURE,
  type LogitBatch,
  logitsOf,
  nll,
  TemperatureFitter,
} from "./index.js";

const probabilitiesAt = (logits: Float32Array, temperature: number): Float32Array =>
  logits.map((logit) => 1 / (1 + Math.exp(-logit / temperature)));

/** Logits of a network that is `temperature` times too sure. */
function simulated(count: number, seed: number, temperature: number, spread = 4): LogitBatch {
  const random = new Random(seed);
  const logits = Float32Array.from({ length: count }, () => -1 + spread * random.normal());
  const reference = Uint8Array.from(logits, (logit) =>
    random.uniform() < 1 / (1 + Math.exp(-logit / temperature)) ? 1 : 0,
  );
  return { logits, reference };
}

describe("fitting a temperature", () => {
  test("never worsens the likelihood on its own data, and no temperature nearby is better", () => {
    const batches = fc
      .array(fc.tuple(fc.float({ min: -30, max: 30, noNaN: true }), fc.boolean()), {
        minLength: 1,
        maxLength: 40,
      })
      .map(
        (voxels): LogitBatch => ({
          logits: Float32Array.from(voxels, ([logit]) => logit),
          reference: Uint8Array.from(voxels, ([, event]) => (event ? 1 : 0)),
        }),
      );
    fc.assert(
      fc.property(batches, (batch) => {
        const fit = fitTemperature([batch]);
        expect(fit.nllAfter).toBeLessThanOrEqual(fit.nllBefore);
        expect(fit.temperature).toBeGreaterThanOrEqual(LOWEST_TEMPERATURE);
        expect(fit.temperature).toBeLessThanOrEqual(HIGHEST_TEMPERATURE);
        for (const factor of [0.98, 1.02]) {
          const other = fit.temperature * factor;
          if (other < LOWEST_TEMPERATURE || other > HIGHEST_TEMPERATURE) continue;
          const loss =
            batch.logits.reduce((sum, logit, at) => {
              const x = ((batch.reference[at] ? -1 : 1) * logit) / other;
              return sum + Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            }, 0) / batch.logits.length;
          expect(loss).toBeGreaterThanOrEqual(fit.nllAfter - 1e-5);
        }
      }),
    );
  });

  test("finds the temperature that the data was made with, and mends the calibration", () => {
    for (const temperature of [0.5, 1, 2.5]) {
      const batch = simulated(100_000, 5, temperature);
      const fit = fitTemperature([batch]);
      expect(fit.temperature / temperature).toBeCloseTo(1, 1);
      expect(fit.atBound).toBeNull();
      const { reference } = batch;
      const after = probabilitiesAt(batch.logits, fit.temperature);
      expect(ece({ probabilities: after, reference })).toBeLessThan(0.006);
      expect(nll({ probabilities: after, reference })).toBeCloseTo(fit.nllAfter, 4);
    }
  });

  test("volumes count the same with weights, and in proportion to their voxels without", () => {
    const [large, small] = [simulated(20_000, 1, 3), simulated(200, 2, 0.7)];
    const byVoxel = fitTemperature([large, small]).temperature;
    const byVolume = fitTemperature([
      { ...large, weight: 1 },
      { ...small, weight: 1 },
    ]).temperature;
    expect(byVoxel).toBeGreaterThan(2.5);
    expect(byVolume).toBeLessThan(byVoxel - 0.3);
    // A weight that is the number of voxels is no weight.
    expect(
      fitTemperature([
        { ...large, weight: 20_000 },
        { ...small, weight: 200 },
      ]).temperature,
    ).toBeCloseTo(byVoxel, 10);
  });

  test("a batch may be a part of a volume", () => {
    const batch = simulated(1000, 4, 2);
    const part = { shape: [10, 10, 10], box: { low: [0, 0, 0], high: [10, 10, 4] } } as const;
    const cut = { logits: batch.logits.subarray(0, 400), reference: batch.reference.subarray(0, 400) };
    expect(fitTemperature([{ ...batch, part }])).toEqual(fitTemperature([cut]));
  });
});

describe("data without a best temperature", () => {
  test("that is perfectly separated gives the lower bound", () => {
    const fit = fitTemperature([{ logits: Float32Array.of(-3, -1, 2), reference: Uint8Array.of(0, 0, 1) }]);
    expect(fit).toMatchObject({ temperature: LOWEST_TEMPERATURE, atBound: "lowest" });
    expect(fit.nllAfter).toBeLessThan(1e-8);
  });

  test("that is separated by an abyss gives the lower bound too", () => {
    const fit = fitTemperature([{ logits: Float32Array.of(-500, 500), reference: Uint8Array.of(0, 1) }]);
    expect(fit).toMatchObject({ temperature: LOWEST_TEMPERATURE, nllAfter: 0, atBound: "lowest" });
    expect(fit.nllBefore).toBeCloseTo(0, 12);
  });

  test("that says the opposite of the truth gives the upper bound", () => {
    const fit = fitTemperature([{ logits: Float32Array.of(-3, -1, 2), reference: Uint8Array.of(1, 1, 0) }]);
    expect(fit.temperature).toBeCloseTo(HIGHEST_TEMPERATURE, 12);
    expect(fit.atBound).toBe("highest");
  });

  test("that says nothing leaves the temperature at 1", () => {
    const fit = fitTemperature([{ logits: new Float32Array(5), reference: Uint8Array.of(1, 0, 0, 0, 0) }]);
    expect(fit).toMatchObject({ temperature: 1, atBound: null });
    expect(fit.nllAfter).toBeCloseTo(Math.LN2, 12);
  });

  test("none at all, or logits that are no numbers, are refused", () => {
    expect(() => new TemperatureFitter().fit()).toThrow("no voxel");
    expect(() => fitTemperature([])).toThrow("no voxel");
    const reference = Uint8Array.of(1);
    expect(() => fitTemperature([{ logits: Float32Array.of(Number.NaN), reference }])).toThrow(RangeError);
    expect(() => fitTemperature([{ logits: Float32Array.of(Infinity), reference }])).toThrow(RangeError);
    expect(() => fitTemperature([{ logits: new Float32Array(2), reference }])).toThrow(RangeError);
  });
});

test("logits and probabilities lead back to each other, but for what is all but certain", () => {
  const probabilities = Float32Array.of(0, 1e-9, 0.001, 0.3, 0.5, 0.99, 1);
  const logits = logitsOf(probabilities);
  expect(logits[0]).toBeCloseTo(-16.118, 3);
  expect(logits[6]).toBeCloseTo(16.118, 3);
  expect(logits[0]).toBe(logits[1]);
  const back = probabilitiesAt(logits, 1);
  for (let at = 2; at < 6; at++) expect(back[at]).toBeCloseTo(probabilities[at]!, 6);
  expect(() => logitsOf(Float32Array.of(1.1))).toThrow("not a probability");
});

describe("the histogram of margins", () => {
  /** Maximum likelihood from all voxels, by bisection of the derivative by 1 / temperature. */
  function exactTemperature(batches: readonly LogitBatch[]): number {
    const slope = (sharpness: number): number => {
      let sum = 0;
      for (const { logits, reference, weight } of batches) {
        const share = (weight ?? logits.length) / logits.length;
        for (let at = 0; at < logits.length; at++) {
          const margin = reference[at] ? logits[at]! : -logits[at]!;
          sum -= (share * margin) / (1 + Math.exp(sharpness * margin));
        }
      }
      return sum;
    };
    let [low, high] = [1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (slope(middle) < 0) low = middle;
      else high = middle;
    }
    return 1 / low;
  }

  test.each([
    ["of a modest network", 0.08, 4],
    ["of one that is far too sure", 15, 4],
    ["close to 0", 1.3, 0.01],
    ["far from 0", 2, 200],
  ])("gives the temperature of all voxels to 1e-6: logits %s", (_, temperature, spread) => {
    const batches = [1, 2, 3].map((seed) => ({
      ...simulated(20_000 * seed, seed, temperature, spread),
      weight: 1,
    }));
    const exact = exactTemperature(batches);
    const fit = fitTemperature(batches);
    expect(fit.atBound).toBeNull();
    expect(Math.abs(fit.temperature / exact - 1)).toBeLessThan(1e-6);
  });

  test("gives it for logits of blended probabilities too, many of which are clipped", () => {
    const batches = [3, 6].map((temperature, seed) => {
      const { logits, reference } = simulated(30_000, seed, temperature, 12);
      return { logits: logitsOf(probabilitiesAt(logits, 1)), reference, weight: 1 };
    });
    const fit = fitTemperature(batches);
    expect(Math.abs(fit.temperature / exactTemperature(batches) - 1)).toBeLessThan(1e-6);
    expect(fit.temperature).toBeGreaterThan(1.5);
  });

  test("does not depend on the order or the cut of the batches", () => {
    const { logits, reference } = simulated(3000, 9, 2);
    const whole = fitTemperature([{ logits, reference }]).temperature;
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2999 }), { maxLength: 6 }), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), 3000];
        const pieces = ends.slice(1).map((end, n) => ({
          logits: logits.subarray(ends[n], end),
          reference: reference.subarray(ends[n], end),
        }));
        expect(fitTemperature(pieces.reverse()).temperature).toBeCloseTo(whole, 9);
      }),
      { numRuns: 20 },
    );
  });
});
