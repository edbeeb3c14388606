import type { SampleTarget } from "./resample-aligned.js";
import { type Interpolation, placeOnAxis, type SampledAxis, TAPS, writeTaps } from "./sampling.js";
import type { Affine, Volume } from "./volume.js";

/**
 * Fills `target` by sampling `source` at the places `map` gives (target voxel index -> source voxel coordinate), voxel by
 * voxel: for grids that are rotated or sheared against each other.
 */
export function sampleOblique(
  source: Pick<Volume, "shape" | "channels" | "data">,
  map: Affine,
  target: SampleTarget,
  { interpolation, outside }: { readonly interpolation: Interpolation; readonly outside: number },
): void {
  const { channels, data: from } = source;
  const to = target.data;
  const taps = TAPS[interpolation];
  const [si, sj, sk] = source.shape;
  const sourceCount = si * sj * sk;
  const [ni, nj, nk] = target.shape;
  const targetCount = ni * nj * nk;
  const indices = new Int32Array(3 * taps);
  const weights = new Float64Array(3 * taps);
  const store = { indices, weights };
  const [alongX, alongY, alongZ] = [si, sj, sk].map((count) => ({ interpolation, count })) as [
    SampledAxis,
    SampledAxis,
    SampledAxis,
  ];
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
        writeTaps(alongX, x, store, 0);
        writeTaps(alongY, y, store, taps);
        writeTaps(alongZ, z, store, 2 * taps);
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
