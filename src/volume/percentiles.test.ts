import fc from "fast-check";
import { expect, it } from "vitest";
import { percentilesOf } from "./percentiles.js";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

it("are the order statistics of the sorted values, with linear interpolation between them", () => {
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1, maxLength: 60 }),
      fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 4 }),
      (list, percents) => {
        const values = Float32Array.from(list);
        const sorted = values.slice().sort();
        const asked = [0, 50, 100, ...percents];
        const expected = asked.map((percent) => {
          const position = ((sorted.length - 1) * percent) / 100;
          const below = sorted[Math.floor(position)]!;
          const above = sorted[Math.min(sorted.length - 1, Math.floor(position) + 1)]!;
          return below + (position % 1) * (above - below);
        });
        expect(percentilesOf(values, asked)).toEqual(expected);
      },
    ),
  );
});

it("work on a part of a larger array and leave it as it is", () => {
  const values = Float32Array.from([9, -3, 4, 4, -0.5, 100]);
  const before = values.slice();
  expect(percentilesOf(values.subarray(1, 5), [0, 50, 100])).toEqual([-3, 1.75, 4]);
  expect(values).toEqual(before);
});
