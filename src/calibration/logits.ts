import { clip } from "./reliability.js";
import { refuseProbability } from "./voxels.js";

/**
 * Logits of foreground probabilities, `log(p / (1 - p))`, where blending windows left nothing but probabilities; p is clipped
 * to [1e-7, 1 - 1e-7], logits therefore lie within 16.2 of 0.
 *
 * @throws RangeError when a probability is not in [0, 1]
 */
export function logitsOf(probabilities: Float32Array): Float32Array {
  return probabilities.map((p) => {
    if (!(p >= 0 && p <= 1)) refuseProbability(p);
    const clipped = clip(p);
    return Math.log(clipped / (1 - clipped));
  });
}
