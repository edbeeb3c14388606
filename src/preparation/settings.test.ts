import { expect, it } from "vitest";
import { preparationSchema, storedPreparationSchema } from "./index.js";

it("reads what version 1 of bundles wrote as what it meant", () => {
  const earlier = {
    cropToForeground: false,
    spacing: { policy: "fit", voxels: 24 },
    interpolation: "cubic",
    ctWindow: [-150, 250],
    percentiles: [1, 98],
  };
  const between = [{ step: "clip-percentiles", low: 1, high: 98 }, { step: "z-score" }];
  expect(storedPreparationSchema.parse(earlier)).toEqual({
    cropToForeground: false,
    spacing: { policy: "fit", voxels: 24 },
    interpolation: "cubic",
    intensities: {
      CT: [{ step: "clip", low: -150, high: 250 }, { step: "z-score" }],
      MR: between,
      PET: between,
      US: between,
      other: between,
    },
  });
});

it("reads what this version writes, and takes no other fields", () => {
  const now = preparationSchema.parse({});
  expect(storedPreparationSchema.parse(JSON.parse(JSON.stringify(now)))).toEqual(now);
  expect(storedPreparationSchema.safeParse({ ...now, ctWindow: [0, 1] }).success).toBe(false);
  const both = { ...now, ctWindow: [0, 1], percentiles: [1, 99] };
  expect(storedPreparationSchema.safeParse(both).success).toBe(false);
  expect(() => preparationSchema.parse({ ctWindow: [0, 1] })).toThrow();
});

it("refuses ranges the wrong way round and unknown steps", () => {
  const parse = (step: object) => preparationSchema.safeParse({ intensities: { CT: [step] } }).success;
  expect(parse({ step: "clip", low: 1, high: 2 })).toBe(true);
  expect(parse({ step: "clip", low: 2, high: 2 })).toBe(false);
  expect(parse({ step: "clip-percentiles", low: 0.5, high: 101 })).toBe(false);
  expect(parse({ step: "clip-percentiles", low: 50, high: 2 })).toBe(false);
  expect(parse({ step: "whiten" })).toBe(false);
});
