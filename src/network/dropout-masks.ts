import type { Random } from "../base/index.js";
import type { Tensor } from "../graph/index.js";
import type { Network } from "./network.js";
import { dropoutInput } from "./parameters.js";

/**
 * One draw of every dropout layer, to feed a model that was exported with masks (Monte-Carlo dropout, Gal and Ghahramani
 * 2016): whole channels are 0 with the network's dropout probability p, else 1 / (1 - p), as in training.
 */
export function drawDropoutMasks(network: Network, random: Random): Record<string, Tensor> {
  const { dropout } = network.description;
  return Object.fromEntries(
    network.dropoutLayers.map(({ layer, channels }) => [
      dropoutInput(layer),
      {
        type: "float32",
        dims: [1, channels, 1, 1, 1],
        data: Float32Array.from({ length: channels }, () =>
          random.uniform() < dropout ? 0 : 1 / (1 - dropout),
        ),
      } satisfies Tensor,
    ]),
  );
}
