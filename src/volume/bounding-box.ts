import type { Vector, Volume } from "./volume.js";

/** A half-open voxel box: from `low` (inside) to `high` (the first voxel outside, along each axis). */
export interface Box {
  readonly low: Vector;
  readonly high: Vector;
}

/**
 * The smallest box that holds every voxel, in any channel, that is above the number `wanted` or for which the function
 * `wanted` is true; undefined when there is none. NaN is above nothing.
 */
export function boundingBox(volume: Volume, wanted: number | ((value: number) => boolean)): Box | undefined {
  const isWanted = typeof wanted === "number" ? (value: number) => value > wanted : wanted;
  const [ni, nj, nk] = volume.shape;
  const low: [number, number, number] = [ni, nj, nk];
  const high: [number, number, number] = [0, 0, 0];
  const data = volume.data;
  let at = 0;
  for (let channel = 0; channel < volume.channels; channel++) {
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        let first = -1;
        let last = -1;
        for (let i = 0; i < ni; i++) {
          if (isWanted(data[at++]!)) {
            if (first < 0) first = i;
            last = i;
          }
        }
        if (first < 0) continue;
        low[0] = Math.min(low[0], first);
        high[0] = Math.max(high[0], last + 1);
        low[1] = Math.min(low[1], j);
        high[1] = Math.max(high[1], j + 1);
        low[2] = Math.min(low[2], k);
        high[2] = Math.max(high[2], k + 1);
      }
    }
  }
  return high[0] === 0 ? undefined : { low, high };
}
