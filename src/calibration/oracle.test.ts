import { describe, expect, test } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import {
  adaptiveEce,
  type Confidence,
  type Forecast,
  fitTemperature,
  ReliabilityAccumulator,
  reliabilityDiagram,
} from "./index.js";

interface Index {
  calibration: {
    name: string;
    errors: Record<string, { ece: number; mce: number; adaptiveEce: number }>;
    brier: number;
    nll: number;
    curve: { frequency: number[]; confidence: number[] };
  }[];
  temperatures: {
    name: string;
    batches: number;
    weighted: boolean;
    temperature: number;
    search: number;
    nllBefore: number;
    nllAfter: number;
  }[];
}

const fixture = loadFixture<Index>("metrics");
const floats = (name: string) => Float32Array.from(fixture.tensor(name).data);
const mask = (name: string) => Uint8Array.from(fixture.tensor(name).data);

describe("NumPy and scikit-learn", () => {
  for (const { name, errors, brier, nll, curve } of fixture.index.calibration) {
    const forecast: Forecast = {
      probabilities: floats(`${name}/probability`),
      reference: mask(`${name}/event`),
    };

    for (const [measure, expected] of Object.entries(errors)) {
      const [confidence, bins] = measure.split("/") as [Confidence, string];
      test(`calibration errors: ${name}, ${confidence}, ${bins} bins`, () => {
        const options = { confidence, bins: Number(bins) };
        const accumulator = new ReliabilityAccumulator(options);
        accumulator.add(forecast);
        const found = accumulator.result();
        expect(found.ece).toBeCloseTo(expected.ece, 12);
        expect(found.mce).toBeCloseTo(expected.mce, 12);
        expect(found.brier).toBeCloseTo(brier, 12);
        expect(found.nll).toBeCloseTo(nll, 10);
        expect(adaptiveEce(forecast, options)).toBeCloseTo(expected.adaptiveEce, 12);
        // Sorted into fine bins, which hold several voxels each where probabilities crowd.
        expect(Math.abs(found.adaptiveEce - expected.adaptiveEce)).toBeLessThan(1e-4);
      });
    }

    test(`reliability diagram: ${name}`, () => {
      const bars = reliabilityDiagram(forecast).filter((bar) => bar.count > 0);
      expect(bars.length).toBe(curve.frequency.length);
      bars.forEach((bar, index) => {
        expect(bar.frequency).toBeCloseTo(curve.frequency[index]!, 12);
        expect(bar.confidence).toBeCloseTo(curve.confidence[index]!, 12);
      });
    });
  }
});

describe("SciPy's root finding and minimisation", () => {
  for (const { name, batches, weighted, ...expected } of fixture.index.temperatures) {
    test(`temperature: ${name}`, () => {
      const found = fitTemperature(
        Array.from({ length: batches }, (_, index) => ({
          logits: floats(`${name}/${index}/logit`),
          reference: mask(`${name}/${index}/event`),
          ...(weighted ? { weight: 1 } : {}),
        })),
      );
      expect(Math.abs(found.temperature / expected.temperature - 1)).toBeLessThan(1e-7);
      expect(Math.abs(found.temperature / expected.search - 1)).toBeLessThan(1e-4);
      expect(found.nllBefore).toBeCloseTo(expected.nllBefore, 8);
      expect(found.nllAfter).toBeCloseTo(expected.nllAfter, 8);
      expect(found.atBound).toBeNull();
    });
  }
});
