import { checkSize, voxelCount } from "./grid.js";
import { voxelMap } from "./resample.js";
import { placeOnAxis } from "./sampling.js";
import type { Grid, Volume, VoxelArray } from "./volume.js";
import { arrayLike } from "./voxel-array.js";

/** Weights closer than this are a tie. */
const TIE = 1e-9;

/**
 * Labels at the voxel centres of another grid: the label with the greatest trilinear weight among the eight voxels around
 * a sample, which is one-hot linear interpolation and argmax. Borders come out smoother than with `nearest`, and no value
 * appears that is not in the volume, except 0 (background) more than half a voxel outside it. On a tie the nearest
 * voxel's label wins if it takes part, else the smallest. Any number of channels; the kind of array stays.
 */
export function resampleLabels<Data extends VoxelArray>(volume: Volume<Data>, target: Grid): Volume<Data> {
  checkSize("resampling", target.shape, volume.channels, volume.data.BYTES_PER_ELEMENT);
  const targetCount = voxelCount(target.shape);
  const data = arrayLike(volume.data, targetCount * volume.channels);
  const map = voxelMap(volume, target);
  const [si, sj, sk] = volume.shape;
  const sourceCount = voxelCount(volume.shape);
  const from = volume.data;
  const [ni, nj, nk] = target.shape;
  const values = new Float64Array(8);
  const weights = new Float64Array(8);
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const x = placeOnAxis(map[0]! * i + map[1]! * j + map[2]! * k + map[3]!, si);
        const y = placeOnAxis(map[4]! * i + map[5]! * j + map[6]! * k + map[7]!, sj);
        const z = placeOnAxis(map[8]! * i + map[9]! * j + map[10]! * k + map[11]!, sk);
        if (Number.isNaN(x + y + z)) continue;
        const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
        const [tx, ty, tz] = [x - x0, y - y0, z - z0];
        const stepX = x0 + 1 < si ? 1 : 0;
        const stepY = y0 + 1 < sj ? si : 0;
        const stepZ = z0 + 1 < sk ? si * sj : 0;
        const nearest = (tx < 0.5 ? 0 : 1) | (ty < 0.5 ? 0 : 2) | (tz < 0.5 ? 0 : 4);
        for (let channel = 0; channel < volume.channels; channel++) {
          const base = channel * sourceCount + x0 + si * (y0 + sj * z0);
          let uniform = true;
          for (let corner = 0; corner < 8; corner++) {
            const step = (corner & 1 ? stepX : 0) + (corner & 2 ? stepY : 0) + (corner & 4 ? stepZ : 0);
            values[corner] = from[base + step]!;
            uniform &&= values[corner] === values[0];
          }
          if (!uniform) {
            for (let corner = 0; corner < 8; corner++) {
              const inPlane = (corner & 1 ? tx : 1 - tx) * (corner & 2 ? ty : 1 - ty);
              weights[corner] = inPlane * (corner & 4 ? tz : 1 - tz);
            }
          }
          data[at + channel * targetCount] = uniform ? values[0]! : heaviest(values, weights, nearest);
        }
      }
    }
  }
  return { shape: target.shape, affine: target.affine, channels: volume.channels, data };
}

function heaviest(values: Float64Array, weights: Float64Array, nearest: number): number {
  const preferred = values[nearest]!;
  let best = preferred;
  let most = weightOf(best, values, weights);
  for (let corner = 0; corner < 8; corner++) {
    const value = values[corner]!;
    const weight = weightOf(value, values, weights);
    const tied = Math.abs(weight - most) <= TIE;
    if (tied ? best !== preferred && value < best : weight > most) {
      best = value;
      most = weight;
    }
  }
  return best;
}

function weightOf(value: number, values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) if (values[corner] === value) sum += weights[corner]!;
  return sum;
}
