import fc from "fast-check";
import type { Affine, Volume } from "../src/volume/index.js";
import { affineFromSpacing, multiplyAffines } from "../src/volume/index.js";

/** A turn about the axes S and then R, by `angle` radians each. */
export function turned(angle: number): Affine {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return multiplyAffines(
    [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1],
    [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  );
}

const size = fc.integer({ min: 1, max: 6 });
const millimetres = fc.double({ min: 0.2, max: 5, noNaN: true });
const flip = fc.constantFrom(1, -1);

/** Small volumes of any kind, one or two channels, anywhere, turned and flipped in any way. */
export const anyVolume: fc.Arbitrary<Volume> = fc
  .record({
    shape: fc.tuple(size, size, size),
    channels: fc.integer({ min: 1, max: 2 }),
    kind: fc.constantFrom(Uint8Array, Int16Array, Int32Array, Float32Array),
    values: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 40 }),
    spacing: fc.tuple(millimetres, millimetres, millimetres),
    flips: fc.tuple(flip, flip, flip),
    angle: fc.double({ min: -4, max: 4, noNaN: true }),
    origin: fc.tuple(fc.integer({ min: -200, max: 200 }), fc.constant(0.125), fc.constant(-33)),
  })
  .map(({ shape, channels, kind, values, spacing, flips, angle, origin }) => {
    const data = new kind(shape[0] * shape[1] * shape[2] * channels);
    data.forEach((_, at) => {
      data[at] = values[(at * 7) % values.length]!;
    });
    const [x, y, z] = spacing.map((mm, axis) => mm * flips[axis]!) as [number, number, number];
    const affine = multiplyAffines(
      multiplyAffines(affineFromSpacing([1, 1, 1], origin), turned(angle)),
      affineFromSpacing([x, y, z]),
    );
    return { shape, channels, data, affine };
  });
