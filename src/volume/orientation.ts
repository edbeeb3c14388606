import { UserError } from "../base/index.js";
import { nearestRotation } from "./affine.js";
import type { Affine, Shape, Volume, VoxelArray } from "./volume.js";
import { arrayLike } from "./voxel-array.js";

/** Letters of the three world axes, [towards lower, towards higher] coordinates in RAS+. */
const LETTERS = ["LR", "PA", "IS"] as const;

/** For each voxel axis: the world axis it follows best (0 R, 1 A, 2 S) and +1 or -1 for along or against it. */
interface AxisDirection {
  readonly world: number;
  readonly sign: 1 | -1;
}

/**
 * Three letters that say towards which side of the patient the voxel axes i, j, k run: "RAS", "LPS", ... For oblique
 * grids the nearest axes. Matches `nibabel.aff2axcodes`: nearest rotation first, then the axes in the order of how
 * clearly each points somewhere, no world axis twice.
 */
export function orientationOf(affine: Affine): string {
  return directionsOf(affine)
    .map(({ world, sign }) => LETTERS[world]![sign > 0 ? 1 : 0])
    .join("");
}

function directionsOf(affine: Affine): AxisDirection[] {
  const rotation = nearestRotation(affine);
  const clarity = [0, 1, 2].map((axis) =>
    Math.max(...[0, 1, 2].map((world) => rotation[world * 3 + axis]! ** 2)),
  );
  const order = [0, 1, 2].sort((a, b) => clarity[b]! - clarity[a]! || a - b);
  const directions: AxisDirection[] = [];
  const free = new Set([0, 1, 2]);
  for (const axis of order) {
    let best = -1;
    for (const world of free) {
      if (best < 0 || Math.abs(rotation[world * 3 + axis]!) > Math.abs(rotation[best * 3 + axis]!))
        best = world;
    }
    free.delete(best);
    directions[axis] = { world: best, sign: rotation[best * 3 + axis]! < 0 ? -1 : 1 };
  }
  return directions;
}

function directionsFrom(code: string): AxisDirection[] {
  const directions = [...code.toUpperCase()].map((letter): AxisDirection => {
    const world = LETTERS.findIndex((pair) => pair.includes(letter));
    return { world, sign: LETTERS[world]?.[1] === letter ? 1 : -1 };
  });
  if (
    directions.length !== 3 ||
    new Set(directions.map(({ world }) => world)).size !== 3 ||
    directions.some(({ world }) => world < 0)
  ) {
    throw new UserError({
      subject: "orientation",
      found: `"${code}"`,
      expected: 'one letter of each pair L/R, P/A, I/S, for example "RAS" or "LPS"',
      advice: "The letters say towards which side of the patient the axes i, j, k run.",
    });
  }
  return directions;
}

/**
 * The same voxels with axes swapped and flipped so that `orientationOf` the result is `orientation`. Exact: no voxel
 * value changes and each stays at the same place in the patient. All channels go along; the input is left as it is.
 */
export function reorient<Data extends VoxelArray>(volume: Volume<Data>, orientation: string): Volume<Data> {
  const wanted = directionsFrom(orientation);
  const present = directionsOf(volume.affine);
  const sources = wanted.map(({ world }) => present.findIndex((direction) => direction.world === world));
  const flips = wanted.map(({ sign }, axis) => present[sources[axis]!]!.sign !== sign);
  const [ni, nj, nk] = volume.shape;
  const strides = [1, ni, ni * nj];

  const shape = sources.map((source) => volume.shape[source]!) as unknown as Shape;
  const affine = [...volume.affine];
  let start = 0;
  const steps = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const source = sources[axis]!;
    const last = shape[axis]! - 1;
    steps[axis] = flips[axis] ? -strides[source]! : strides[source]!;
    if (flips[axis]) start += last * strides[source]!;
    for (let row = 0; row < 3; row++) {
      const column = volume.affine[row * 4 + source]!;
      // 0 - x instead of -x: a flipped zero stays +0.
      affine[row * 4 + axis] = flips[axis] ? 0 - column : column;
      if (flips[axis]) affine[row * 4 + 3] = affine[row * 4 + 3]! + last * column;
    }
  }

  const from = volume.data;
  const data = arrayLike(from, from.length);
  const [si, sj, sk] = steps as [number, number, number];
  let to = 0;
  for (let channel = 0; channel < volume.channels; channel++) {
    const base = channel * ni * nj * nk + start;
    for (let k = 0; k < shape[2]; k++) {
      for (let j = 0; j < shape[1]; j++) {
        let at = base + j * sj + k * sk;
        for (let i = 0; i < shape[0]; i++, at += si) data[to++] = from[at]!;
      }
    }
  }
  return { shape, affine, channels: volume.channels, data };
}
