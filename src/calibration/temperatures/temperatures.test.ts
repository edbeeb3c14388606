import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, Random } from "../../base/index.js";
import { fitTemperature, TemperatureFitter } from "../temperature.js";
import {
  alternativesSchema,
  type CalibrationCase,
  fitAlternatives,
  LOG_TEMPERATURES,
  lossCurve,
  temperatureOf,
} from "./index.js";
import { bestLogTemperature, lossAt } from "./loss-curve.js";

/** Logits of a network that is too sure by a factor, and labels drawn from what they should say. */
function voxels(random: Random, temperature: number, count = 3000) {
  const logits = new Float32Array(count);
  const reference = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const honest = 4 * random.normal();
    reference[at] = random.uniform() < 1 / (1 + Math.exp(-honest)) ? 1 : 0;
    logits[at] = honest * temperature;
  }
  return { logits, reference };
}

const fitterOf = (batch: { logits: Float32Array; reference: Uint8Array }): TemperatureFitter => {
  const fitter = new TemperatureFitter();
  fitter.add({ ...batch, weight: 1 });
  return fitter;
};

interface Kind {
  readonly dataset: string;
  readonly centre: readonly number[];
  readonly temperature: number;
}

/** Images of two datasets, whose signatures lie apart. */
function casesOf(kinds: readonly Kind[], each: number, random = new Random(2)) {
  const pooled = new TemperatureFitter();
  const cases = kinds.flatMap(({ dataset, centre, temperature }) =>
    Array.from({ length: each }, (_, at): CalibrationCase => {
      const fitter = fitterOf(voxels(random, temperature));
      pooled.merge(fitter);
      return {
        dataset,
        subject: `${dataset} ${at}`,
        signature: Float64Array.from(centre, (value) => value + 0.02 * random.normal()),
        losses: lossCurve(fitter),
      };
    }),
  );
  return { cases, pooled: pooled.fit().temperature };
}

const sure: Kind = { dataset: "sure", centre: [1, 0, 0, 0], temperature: 3 };
const modest: Kind = { dataset: "modest", centre: [0, 1, 0, 0], temperature: 0.8 };
const at = (kind: Kind) => ({ signature: Float64Array.from(kind.centre), refused: false });

describe("a loss curve", () => {
  it("has its least value where the temperature of the same voxels is fitted", () => {
    const random = new Random(4);
    for (const temperature of [0.4, 1, 2.5, 6]) {
      const batch = voxels(random, temperature);
      const fitted = fitTemperature([{ ...batch, weight: 1 }]);
      const curve = lossCurve(fitterOf(batch));
      expect(bestLogTemperature(curve, [-3, 3])).toBeCloseTo(Math.log(fitted.temperature), 2);
      expect(lossAt(curve, Math.log(fitted.temperature))).toBeCloseTo(fitted.nllAfter, 3);
      expect(lossAt(curve, 0)).toBeCloseTo(fitted.nllBefore, 3);
    }
  });

  it("stays within the bounds, and within its own ends", () => {
    const falling = Float64Array.from(LOG_TEMPERATURES, (value) => -value);
    expect(bestLogTemperature(falling, [-1, 0.5])).toBe(0.5);
    expect(lossAt(falling, 100)).toBe(falling.at(-1));
    expect(lossAt(falling, -100)).toBe(falling[0]);
  });
});

describe("a temperature by signature", () => {
  const { cases, pooled } = casesOf([sure, modest], 12);
  const fitted = fitAlternatives(cases, pooled);

  it("is that of the images whose signatures are alike, without being told the dataset", () => {
    expect(fitted.signature).toBeDefined();
    expect(temperatureOf("signature", fitted, at(sure), pooled) / 3).toBeCloseTo(1, 1);
    expect(temperatureOf("signature", fitted, at(modest), pooled) / 0.8).toBeCloseTo(1, 1);
    for (const kind of [sure, modest]) {
      const told = temperatureOf("dataset", fitted, { ...at(kind), dataset: kind.dataset }, pooled);
      expect(told / kind.temperature).toBeCloseTo(1, 1);
    }
  });

  it("is the pooled one far from all calibration images, and never below it where the guard refuses", () => {
    const far = { signature: Float64Array.of(0, 0, 50, -50), refused: false };
    const along = { signature: Float64Array.of(400, -400, 0, 0), refused: false };
    expect(temperatureOf("signature", fitted, along, pooled)).toBeCloseTo(pooled, 9);
    expect(temperatureOf("signature", fitted, { ...far, refused: true }, pooled)).toBeGreaterThanOrEqual(
      pooled,
    );
    expect(temperatureOf("signature", fitted, { ...at(modest), refused: true }, pooled)).toBe(pooled);
    expect(temperatureOf("signature", fitted, { ...at(sure), refused: true }, pooled)).toBe(
      temperatureOf("signature", fitted, at(sure), pooled),
    );
  });

  it("is positive, bounded and smooth wherever an image lies", () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(number, number, number, number), (place) => {
        const temperature = (shift: number): number => {
          const signature = Float64Array.from(place, (value) => value + shift);
          return temperatureOf("signature", fitted, { signature, refused: false }, pooled);
        };
        const here = temperature(0);
        expect(here).toBeGreaterThanOrEqual(pooled / 4 - 1e-9);
        expect(here).toBeLessThanOrEqual(4 * pooled + 1e-9);
        expect(Math.abs(temperature(1e-6) - here)).toBeLessThan(1e-3);
      }),
    );
  });

  it("is not fitted where signatures tell nothing of temperatures, nor to a handful of images", () => {
    const random = new Random(9);
    let fits = 0;
    for (let trial = 0; trial < 10; trial++) {
      const blind = casesOf([sure, modest], 12, random);
      const shuffled = random.shuffled(blind.cases.map(({ signature }) => signature));
      const cases = blind.cases.map((one, n) => ({ ...one, signature: shuffled[n]! }));
      if (fitAlternatives(cases, blind.pooled).signature !== undefined) fits++;
    }
    expect(fits).toBeLessThanOrEqual(2);
    const few = casesOf([sure, modest], 4);
    expect(fitAlternatives(few.cases, few.pooled).signature).toBeUndefined();
    const alike = cases.map((one) => ({ ...one, signature: Float64Array.of(1, 0, 0, 0) }));
    expect(fitAlternatives(alike, pooled).signature).toBeUndefined();
  });

  it("says the same after it was written and read again", () => {
    const read = parseJson(JSON.stringify(fitted), alternativesSchema, "calibration.json");
    const image = { signature: Float64Array.of(0.7, 0.2, 0, 0.1), refused: false };
    expect(temperatureOf("signature", read, image, pooled)).toBe(
      temperatureOf("signature", fitted, image, pooled),
    );
  });
});

it("a temperature of a dataset is the pooled one for images of any other", () => {
  const { cases, pooled } = casesOf([sure], 12);
  const fitted = fitAlternatives(cases, pooled);
  expect(temperatureOf("dataset", fitted, { ...at(sure), dataset: "unheard of" }, pooled)).toBe(pooled);
  expect(temperatureOf("dataset", fitted, { ...at(sure), dataset: "toString" }, pooled)).toBe(pooled);
  expect(temperatureOf("dataset", fitted, at(sure), pooled)).toBe(pooled);
});
