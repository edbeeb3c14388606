import fc from "fast-check";
import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import { fitGaussianClasses } from "./gaussian-classes.js";
import { type ClassedImages, leaveOutDistances } from "./gaussian-leave-out.js";

/** One fit for each patient. */
function fittedWithout({ features, classes, patients }: ClassedImages): number[] {
  return features.map((given, image) => {
    const left = [...features.keys()].filter((at) => patients[at] !== patients[image]);
    const fitted = fitGaussianClasses(
      left.map((at) => features[at]!),
      left.map((at) => classes[at]!),
    );
    return fitted.distance(given);
  });
}

interface Drawn {
  readonly seed: number;
  readonly count: number;
  readonly channels: number;
  readonly datasets: number;
  readonly imagesOfPatient: number;
}

/** Channels of unlike spread that hang together, datasets with means of their own, patients in several datasets. */
function drawn({ seed, count, channels, datasets, imagesOfPatient }: Drawn): ClassedImages {
  const random = new Random(seed);
  const names = Array.from({ length: count }, () => random.below(datasets));
  return {
    features: names.map((dataset) => {
      const common = random.normal();
      return Float64Array.from(
        { length: channels },
        (_, channel) => 3 * dataset + (common + random.normal()) * (1 + channel),
      );
    }),
    classes: names.map(String),
    patients: names.map((_, at) => `${Math.floor(at / imagesOfPatient)}`),
  };
}

it("is what a fit without each patient gives, of any number of images, channels, datasets and images of a patient", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        count: fc.integer({ min: 4, max: 24 }),
        channels: fc.integer({ min: 1, max: 12 }),
        datasets: fc.integer({ min: 1, max: 4 }),
        imagesOfPatient: fc.integer({ min: 1, max: 3 }),
      }),
      (options) => {
        const images = drawn(options);
        const expected = fittedWithout(images);
        leaveOutDistances(images).forEach((distance, at) => {
          expect(Math.abs(distance - expected[at]!)).toBeLessThanOrEqual(1e-6 * (1 + expected[at]!));
        });
      },
    ),
    { numRuns: 150 },
  );
});

it("holds where nothing is left of the spread: one image a dataset, or copies of one image", () => {
  const features = [0, 1, 5, 9].map((value) => Float64Array.of(value, 2 * value));
  const patients = ["0", "1", "2", "3"];
  for (const images of [
    { features, classes: patients, patients },
    { features, classes: ["a", "a", "b", "c"], patients },
    { features: [...features.slice(0, 1), ...features.slice(0, 3)], classes: ["a", "a", "a", "b"], patients },
  ]) {
    const expected = fittedWithout(images);
    for (const [at, distance] of leaveOutDistances(images).entries()) {
      expect(distance).toBeCloseTo(expected[at]!, 6);
    }
  }
});
