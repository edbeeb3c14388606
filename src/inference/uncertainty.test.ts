import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnatomicalAxis, anatomicalAxes } from "../volume/index.js";
import { FLIPS, type Flip, flipsAlong, flipVoxels } from "./flip.js";
import { bernoulliEntropy, foregroundUncertainty, uncertaintyMaps } from "./uncertainty.js";

const members = (count: number, voxels: number) =>
  fc.array(
    fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: voxels, maxLength: voxels })
      .map((values) => Float32Array.from(values)),
    { minLength: 1, maxLength: count },
  );

describe("uncertainty", () => {
  it("keeps 0 <= mutual information <= entropy <= ln 2, whatever the members", () => {
    fc.assert(
      fc.property(members(4, 6), fc.constantFrom(1, 2, 3), (all, channels) => {
        const maps = uncertaintyMaps(all, channels);
        maps.entropy.forEach((entropy, voxel) => {
          expect(maps.mutualInformation[voxel]).toBeGreaterThanOrEqual(0);
          expect(maps.mutualInformation[voxel]).toBeLessThanOrEqual(entropy + 1e-6);
          expect(entropy).toBeLessThanOrEqual(Math.LN2 + 1e-6);
        });
        const whole = foregroundUncertainty(all, channels);
        expect(whole.disagreement).toBeGreaterThanOrEqual(0);
        expect(whole.disagreement).toBeLessThanOrEqual(1);
        expect(whole.maximumProbability).toBeGreaterThanOrEqual(0.5);
      }),
    );
  });

  it("does not depend on the order of members, and equal members have nothing to disagree on", () => {
    fc.assert(
      fc.property(members(4, 6), (all) => {
        const turned = foregroundUncertainty([...all].reverse(), 1);
        for (const [name, value] of Object.entries(foregroundUncertainty(all, 1)))
          expect(turned[name as keyof typeof turned]).toBeCloseTo(value, 6);
        const same = foregroundUncertainty([all[0]!, all[0]!], 1);
        const found = all[0]!.some((value) => value >= 0.5);
        expect(same.mutualInformation).toBeCloseTo(found ? 0 : Math.LN2, 6);
        expect(same.disagreement).toBeCloseTo(found ? 0 : 1, 12);
      }),
    );
  });

  it("by hand: two members, three voxels", () => {
    const a = Float32Array.of(0.75, 0.5, 0.25);
    const b = Float32Array.of(0.75, 1, 0);
    const { entropy, mutualInformation } = uncertaintyMaps([a, b], 1);
    const h = bernoulliEntropy;
    expect(entropy[0]).toBeCloseTo(h(0.75), 6);
    expect(mutualInformation[0]).toBeCloseTo(0, 6);
    expect(mutualInformation[1]).toBeCloseTo(h(0.75) - Math.LN2 / 2, 6);
    const whole = foregroundUncertainty([a, b], 1);
    expect(whole.entropy).toBeCloseTo(h(0.75), 6);
    expect(whole.maximumProbability).toBeCloseTo(0.75, 6);
    expect(whole.disagreement).toBe(0);
    expect(foregroundUncertainty([a, Float32Array.of(1, 0, 0)], 1).disagreement).toBeCloseTo(1 - 2 / 3, 12);
  });

  it("looks at the channel that is most probable", () => {
    const one = Float32Array.of(0.2, 0.6, 0.9, 0.1);
    expect([...uncertaintyMaps([one], 2).probability]).toEqual([Math.fround(0.9), Math.fround(0.6)]);
    expect(() => uncertaintyMaps([], 1)).toThrow(RangeError);
    expect(() => uncertaintyMaps([one, Float32Array.of(1)], 1)).toThrow(RangeError);
  });
});

describe("flipsAlong", () => {
  it("never turns an axis that is not named, and turns those that are in every way once", () => {
    const some = fc.shuffledSubarray([...anatomicalAxes], { minLength: 0 });
    fc.assert(
      fc.property(some, (axes) => {
        const flips = flipsAlong(axes);
        expect(new Set(flips.map((flip) => flip.join())).size).toBe(2 ** axes.length - 1);
        for (const flip of flips) {
          expect(flip).toContain(true);
          flip.forEach((turned, axis) => {
            if (turned) expect(axes).toContain(anatomicalAxes[axis]);
          });
        }
        const turns = flips.map((flip) => flip.filter((turned) => turned).length);
        expect(turns).toEqual([...turns].sort());
      }),
    );
  });

  it.each<[AnatomicalAxis[], Flip[]]>([
    [[], []],
    [["left-right"], [[true, false, false]]],
    [
      ["foot-head", "left-right"],
      [
        [true, false, false],
        [false, false, true],
        [true, false, true],
      ],
    ],
  ])("along %o", (axes, expected) => {
    expect(flipsAlong(axes)).toEqual(expected);
  });
});

describe("flipVoxels", () => {
  const side = fc.integer({ min: 1, max: 4 });

  it("twice is nothing; once moves every voxel to the mirrored place", () => {
    fc.assert(
      fc.property(fc.tuple(side, side, side), side, fc.constantFrom(...FLIPS), (shape, channels, flip) => {
        const [ni, nj, nk] = shape;
        const data = Float32Array.from({ length: ni * nj * nk * channels }, (_, at) => at);
        const volume = { shape, affine: [], channels, data };
        const flipped = flipVoxels(volume, flip);
        expect(flipVoxels(flipped, flip).data).toEqual(data);
        const mirrored = (at: number, axis: number): number => (flip[axis] ? shape[axis]! - 1 - at : at);
        for (let c = 0; c < channels; c++)
          for (let k = 0; k < nk; k++)
            for (let j = 0; j < nj; j++)
              for (let i = 0; i < ni; i++) {
                const from = mirrored(i, 0) + ni * (mirrored(j, 1) + nj * (mirrored(k, 2) + nk * c));
                expect(flipped.data[i + ni * (j + nj * (k + nk * c))]).toBe(from);
              }
      }),
    );
  });
});
