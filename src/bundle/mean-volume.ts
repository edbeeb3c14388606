/** The mean of volumes that come one after the other, in the memory of one. */
import type { Volume } from "../volume/index.js";

export interface MeanVolume {
  /** Of the same grid and channels as those before. */
  add(volume: Volume<Float32Array>): void;
  /** Of a single volume, that volume itself. @throws RangeError where none was added */
  mean(): Volume<Float32Array>;
}

export function meanVolume(): MeanVolume {
  let sum: Volume<Float32Array> | undefined;
  let count = 0;
  return {
    add: (volume) => {
      count++;
      if (sum === undefined) {
        sum = volume;
        return;
      }
      // The first volume belongs to whoever gave it.
      const total = count === 2 ? sum.data.slice() : sum.data;
      for (let at = 0; at < total.length; at++) total[at]! += volume.data[at]!;
      sum = { ...sum, data: total };
    },
    mean: () => {
      if (sum === undefined) throw new RangeError("there is no volume to take the mean of");
      return count === 1 ? sum : { ...sum, data: sum.data.map((value) => value / count) };
    },
  };
}
