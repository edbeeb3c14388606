import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PredictedChannels } from "../labels/index.js";
import { type AnatomicalAxis, anatomicalAxes } from "../volume/index.js";
import { type Flip, flipsAlong, flipVoxels } from "./flip.js";
import { bernoulliEntropy, foregroundUncertainty, greatestEntropy, uncertaintyMaps } from "./uncertainty.js";

const members = (count: number, voxels: number) =>
  fc.array(
    fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: voxels, maxLength: voxels })
      .map((values) => Float32Array.from(values)),
    { minLength: 1, maxLength: count },
  );

const shared: PredictedChannels = { channels: 1, labelMode: "shared" };
const union = (channels: number): PredictedChannels => ({ channels, labelMode: "union" });
const exclusive = (channels: number): PredictedChannels => ({ channels, labelMode: "exclusive" });

/** Members whose channels add up to one at every voxel. */
const normalised = (all: readonly Float32Array[], channels: number): Float32Array[] =>
  all.map((member) => {
    const voxels = member.length / channels;
    const powers = member.map((value) => Math.exp(8 * value));
    return powers.map((power, at) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += powers[channel * voxels + (at % voxels)]!;
      return power / sum;
    });
  });

describe("uncertainty", () => {
  it("keeps 0 <= mutual information <= entropy <= the greatest entropy, whatever the members and the label mode", () => {
    fc.assert(
      fc.property(
        members(4, 6),
        fc.constantFrom(shared, union(1), union(2), union(3), exclusive(2), exclusive(3)),
        (given, predicted) => {
          const all = predicted.labelMode === "exclusive" ? normalised(given, predicted.channels) : given;
          const most = greatestEntropy(predicted);
          const maps = uncertaintyMaps(all, predicted);
          maps.entropy.forEach((entropy, voxel) => {
            expect(maps.mutualInformation[voxel]).toBeGreaterThanOrEqual(0);
            expect(maps.mutualInformation[voxel]).toBeLessThanOrEqual(entropy + 1e-6);
            expect(entropy).toBeLessThanOrEqual(most + 1e-6);
          });
          const whole = foregroundUncertainty(all, predicted);
          expect(whole.entropy).toBeLessThanOrEqual(most + 1e-6);
          expect(whole.disagreement).toBeGreaterThanOrEqual(0);
          expect(whole.disagreement).toBeLessThanOrEqual(1);
          expect(whole.maximumProbability).toBeGreaterThanOrEqual(Math.exp(-most) - 1e-6);
        },
      ),
    );
  });

  it("does not depend on the order of members, and equal members have nothing to disagree on", () => {
    fc.assert(
      fc.property(members(4, 6), (all) => {
        const turned = foregroundUncertainty([...all].reverse(), shared);
        for (const [name, value] of Object.entries(foregroundUncertainty(all, shared)))
          expect(turned[name as keyof typeof turned]).toBeCloseTo(value, 6);
        const same = foregroundUncertainty([all[0]!, all[0]!], shared);
        const found = all[0]!.some((value) => value > 0.5);
        expect(same.mutualInformation).toBeCloseTo(found ? 0 : Math.LN2, 6);
        expect(same.disagreement).toBeCloseTo(found ? 0 : 1, 12);
      }),
    );
  });

  it("by hand: two members, three voxels", () => {
    const a = Float32Array.of(0.75, 0.5625, 0.25);
    const b = Float32Array.of(0.75, 0.9375, 0);
    const { entropy, mutualInformation } = uncertaintyMaps([a, b], shared);
    const h = bernoulliEntropy;
    expect(entropy[0]).toBeCloseTo(h(0.75), 6);
    expect(mutualInformation[0]).toBeCloseTo(0, 6);
    expect(mutualInformation[1]).toBeCloseTo(h(0.75) - (h(0.5625) + h(0.9375)) / 2, 6);
    const whole = foregroundUncertainty([a, b], shared);
    expect(whole.entropy).toBeCloseTo(h(0.75), 6);
    expect(whole.maximumProbability).toBeCloseTo(0.75, 6);
    expect(whole.disagreement).toBe(0);
    expect(foregroundUncertainty([a, Float32Array.of(1, 0, 0)], shared).disagreement).toBeCloseTo(
      1 - 2 / 3,
      12,
    );
  });

  it("looks at the channel that is most probable", () => {
    const one = Float32Array.of(0.2, 0.6, 0.9, 0.1);
    expect([...uncertaintyMaps([one], union(2)).probability]).toEqual([Math.fround(0.9), Math.fround(0.6)]);
    expect(() => uncertaintyMaps([], shared)).toThrow(RangeError);
    expect(() => uncertaintyMaps([one, Float32Array.of(1)], shared)).toThrow(RangeError);
  });

  it("takes the masks' rule for what is foreground: above one half, not at it", () => {
    const nothing = foregroundUncertainty([Float32Array.of(0.5, 0.25)], shared);
    expect(nothing).toEqual({
      entropy: Math.LN2,
      mutualInformation: Math.LN2,
      maximumProbability: 0.5,
      disagreement: 1,
    });
  });

  it("exclusive: background does not count, and entropy is of all classes together", () => {
    // Four voxels: sure background, sure of class 1, class 2 just ahead, background just ahead.
    const background = [1, 0, 0.25, 0.4];
    const first = [0, 1, 0.25, 0.3];
    const second = [0, 0, 0.5, 0.3];
    const found = foregroundUncertainty(
      [Float32Array.from([...background, ...first, ...second])],
      exclusive(3),
    );
    const entropyOfThird = 0.5 * Math.log(4) + 0.5 * Math.log(2);
    expect(found.entropy).toBeCloseTo(entropyOfThird / 2, 6);
    expect(found.maximumProbability).toBeCloseTo(0.75, 6);
    expect(found.disagreement).toBe(0);
    const empty = foregroundUncertainty([Float32Array.of(0.9, 0.1, 0)], exclusive(3));
    expect(empty.entropy).toBeCloseTo(Math.log(3), 12);
    expect(empty.maximumProbability).toBeCloseTo(1 / 3, 12);
    expect(empty.disagreement).toBe(1);
  });

  it("exclusive: members that agree on background alone disagree wholly", () => {
    // Three voxels, the first and the last background for both; the second is of class 1 for one, of class 2 for the other.
    const one = Float32Array.of(1, 0, 1, 0, 1, 0, 0, 0, 0);
    const other = Float32Array.of(1, 0, 1, 0, 0, 0, 0, 1, 0);
    expect(foregroundUncertainty([one, other], exclusive(3)).disagreement).toBe(1);
    expect(uncertaintyMaps([one, other], exclusive(3)).mutualInformation[1]).toBeCloseTo(Math.LN2, 6);
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
      fc.property(
        fc.tuple(side, side, side),
        side,
        fc.constantFrom(...flipsAlong(anatomicalAxes)),
        (shape, channels, flip) => {
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
        },
      ),
    );
  });
});
