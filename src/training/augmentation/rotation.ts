/** Turns the patch about its centre, by an angle about each axis in turn, in millimetres (long voxels stay rigid). */
import { z } from "zod";
import type { Vector } from "../../volume/index.js";
import { type Matrix, product } from "./spatial-map.js";
import { happens, probability, range, type SpatialTransform } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.3),
    degrees: range(-180, 180).default([-15, 15]).meta({
      description:
        "lowest and highest angle about the left-right, back-front and foot-head axis, each drawn on its own",
      unit: "degrees",
      change: "up where patients lie in many ways",
    }),
  })
  .describe("turns the patch about its centre");

/** Degrees about the three axes; the patch's content turns by Rk Rj Ri, counter-clockwise seen from the axis's tip. */
export interface RotationParameters {
  readonly degrees: Vector;
}

export const rotation: SpatialTransform<typeof schema, RotationParameters> = {
  schema,
  draw(settings, random) {
    if (!happens(settings, random)) return undefined;
    const angle = (): number => random.between(...settings.degrees);
    return { degrees: [angle(), angle(), angle()] };
  },
  compose(map, { degrees }) {
    // From the patch back to the image: the inverse, so the opposite angles in the opposite order.
    const [about0, about1, about2] = degrees.map((angle) => (-angle * Math.PI) / 180) as [
      number,
      number,
      number,
    ];
    const inverse = product(turn(0, about0), product(turn(1, about1), turn(2, about2)));
    map.matrix = product(map.matrix, inverse);
  },
};

function turn(axis: 0 | 1 | 2, radians: number): Matrix {
  const c = Math.cos(radians);
  const s = Math.sin(radians);
  if (axis === 0) return [1, 0, 0, 0, c, -s, 0, s, c];
  if (axis === 1) return [c, 0, s, 0, 1, 0, -s, 0, c];
  return [c, -s, 0, s, c, 0, 0, 0, 1];
}
