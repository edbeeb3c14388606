import type { Volume } from "../volume/index.js";

/**
 * The mean of volumes of one grid; of a single volume, that volume itself.
 *
 * @throws RangeError where there is none
 */
export function meanVolume(volumes: readonly Volume<Float32Array>[]): Volume<Float32Array> {
  const [first, ...others] = volumes;
  if (first === undefined) throw new RangeError("there is no volume to take the mean of");
  if (others.length === 0) return first;
  const data = first.data.slice();
  for (let at = 0; at < data.length; at++) {
    let sum = data[at]!;
    for (const other of others) sum += other.data[at]!;
    data[at] = sum / volumes.length;
  }
  return { ...first, data };
}
