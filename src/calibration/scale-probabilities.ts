/** Temperature scaling of probabilities that are blended from several windows, where no single logit is left. */
import type { ActivationName } from "../inference/index.js";
import type { Volume } from "../volume/index.js";

/** How each activation's probabilities, [channels x voxels], are scaled in place. */
const scalings: Readonly<
  Record<ActivationName, (values: Float32Array, channels: number, temperature: number) => void>
> = {
  /** sigmoid(logit(p) / T). */
  sigmoid: (values, _channels, temperature) => {
    for (let at = 0; at < values.length; at++) {
      const p = values[at]!;
      const inside = p ** (1 / temperature);
      values[at] = inside / (inside + (1 - p) ** (1 / temperature));
    }
  },
  /** softmax(log(p) / T) over the channels. */
  softmax: (values, channels, temperature) => {
    const voxels = values.length / channels;
    for (let voxel = 0; voxel < voxels; voxel++) {
      let total = 0;
      for (let at = voxel; at < values.length; at += voxels) total += values[at]! ** (1 / temperature);
      for (let at = voxel; at < values.length; at += voxels)
        values[at] = values[at]! ** (1 / temperature) / total;
    }
  },
};

/**
 * Calibrated probabilities (Guo et al., ICML 2017, with the logit of the blended probability in place of the network's).
 * Which of two probabilities is larger, and which side of 0.5 a sigmoid's is on, stays as it was.
 *
 * @param temperature above 1: less sure; 1 returns the volume itself
 * @throws RangeError when the temperature is not a positive number
 */
export function scaleProbabilities(
  probabilities: Volume<Float32Array>,
  activation: ActivationName,
  temperature: number,
): Volume<Float32Array> {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a temperature is a positive number, not ${temperature}`);
  }
  if (temperature === 1) return probabilities;
  const data = probabilities.data.slice();
  scalings[activation](data, probabilities.channels, temperature);
  return { ...probabilities, data };
}
