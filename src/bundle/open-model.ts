/** Opens a network for the pipeline. */
import type { Engine, Session, SessionOptions } from "../graph/index.js";
import { withGramOutputs, withSingleWeights } from "../graph/model/index.js";

/**
 * On the processor the network computes the Gram matrices of its feature maps itself, so that nothing large leaves the
 * runtime. Graphics cards have no double precision: there the maps come out and are counted outside, to the same signatures.
 * Weights that are stored in half precision become single precision here.
 *
 * @param model of a bundle: outputs `logits` and `features/<layer>`
 */
export function openModel(engine: Engine, model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const device = options.device ?? engine.device ?? "cpu";
  const network = withSingleWeights(model);
  return engine.open(device === "cpu" ? withGramOutputs(network) : network, options);
}
