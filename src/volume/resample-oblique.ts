import { type Interpolation, placeOnAxis, TAPS, writeTaps } from "./sampling.js";
import type { Affine, Shape, VoxelArray } from "./volume.js";

/**
 * Fills `to` by sampling `from` at the places `map` gives (target voxel index -> source voxel coordinate), voxel by
 * voxel: for grids that are rotated or sheared against each other.
 */
export function sampleOblique(
  from: VoxelArray,
  sourceShape: Shape,
  channels: number,
  map: Affine,
  targetShape: Shape,
  interpolation: Interpolation,
  outside: number,
  to: VoxelArray,
): void {
  const taps = TAPS[interpolation];
  const [si, sj, sk] = sourceShape;
  const sourceCount = si * sj * sk;
  const [ni, nj, nk] = targetShape;
  const targetCount = ni * nj * nk;
  const indices = new Int32Array(3 * taps);
  const weights = new Float64Array(3 * taps);
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const x = placeOnAxis(map[0]! * i + map[1]! * j + map[2]! * k + map[3]!, si);
        const y = placeOnAxis(map[4]! * i + map[5]! * j + map[6]! * k + map[7]!, sj);
        const z = placeOnAxis(map[8]! * i + map[9]! * j + map[10]! * k + map[11]!, sk);
        if (Number.isNaN(x + y + z)) {
          for (let channel = 0; channel < channels; channel++) to[at + channel * targetCount] = outside;
          continue;
        }
        writeTaps(interpolation, x, si, indices, weights, 0);
        writeTaps(interpolation, y, sj, indices, weights, taps);
        writeTaps(interpolation, z, sk, indices, weights, 2 * taps);
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let c = 2 * taps; c < 3 * taps; c++) {
            if (weights[c] === 0) continue;
            for (let b = taps; b < 2 * taps; b++) {
              const weight = weights[b]! * weights[c]!;
              if (weight === 0) continue;
              const row = channel * sourceCount + si * (indices[b]! + sj * indices[c]!);
              for (let a = 0; a < taps; a++) {
                // A weight of 0 must not let a NaN through.
                if (weights[a] !== 0) sum += weight * weights[a]! * from[row + indices[a]!]!;
              }
            }
          }
          to[at + channel * targetCount] = sum;
        }
      }
    }
  }
}
