/**
 * Prediction of a whole image by overlapping windows.
 *
 * Where windows overlap, their *probabilities* are averaged, with Gaussian weights, unless the plan wants what other software
 * does: see `WindowPlan`. Averaged logits would side with the
 * window that is surest where windows disagree: of logits 10 and -2 they make 0.98, of probabilities 0.56.
 *
 * Memory: probabilities of one row of windows (`predictSlabs`) or of the image (`predictVolume`); input, logits and features
 * for one window. Feature maps, or what the model made of them, are handed on window by window, each voxel of each layer
 * exactly once, and never kept.
 */
import type { Session } from "../graph/engine.js";
import { checkSize, type Volume, voxelCount } from "../volume/index.js";
import { activations } from "./activation.js";
import { addWindow, divided } from "./blend-window.js";
import { blendWeights } from "./gaussian-blend.js";
import { lookInOrder, sessionsFor } from "./look-in-order.js";
import type { PredictOptions } from "./predict-options.js";
import { WindowNetwork } from "./window-network.js";
import { eachWindow, planWindows, type WindowPlan, windowCount } from "./window-plan.js";
import { type PredictedSlab, WindowRows } from "./window-rows.js";

/**
 * Probabilities in [0, 1] on the image's grid, `outputChannels` channels.
 *
 * @param image prepared image; its channels are the model's input channels
 * @throws UserError where plan and model do not fit each other, or the model's results are not finite
 */
export async function predictVolume(
  session: Session,
  image: Volume<Float32Array>,
  plan: WindowPlan,
  options: PredictOptions,
): Promise<Volume<Float32Array>> {
  const { outputChannels } = options;
  checkSize("the prediction", image.shape, outputChannels);
  const slice = image.shape[0] * image.shape[1];
  const data = new Float32Array(outputChannels * voxelCount(image.shape));
  for await (const { firstSlice, slices, data: part } of predictSlabs(session, image, plan, options)) {
    for (let channel = 0; channel < outputChannels; channel++) {
      const own = part.subarray(channel * slices * slice, (channel + 1) * slices * slice);
      data.set(own, (channel * image.shape[2] + firstSlice) * slice);
    }
  }
  return { shape: image.shape, affine: image.affine, channels: outputChannels, data };
}

/**
 * As `predictVolume`, some slices at a time, first to last: memory is that of one row of windows, however many slices the
 * image has.
 */
export async function* predictSlabs(
  session: Session,
  image: Volume<Float32Array>,
  plan: WindowPlan,
  options: PredictOptions,
): AsyncGenerator<PredictedSlab> {
  const { outputChannels, activation = "sigmoid" } = options;
  const windows = planWindows(image.shape, plan);
  checkSize("the sliding window", windows.size, Math.max(image.channels, outputChannels));
  const weights = blendWeights(windows, plan.weights);
  // Weights that do not add up to one are gathered as one more channel.
  const blended = outputChannels + (weights.normalised ? 0 : 1);
  const rows = new WindowRows(image.shape, windows.size[2], blended);
  const { onGram, onFeatures, onProgress, signal } = options;
  const total = windowCount(windows);
  const looked = { image, windows, plan, options };
  const networks = (await sessionsFor(session, total)).map((one) => new WindowNetwork(one, looked));
  let done = 0;
  for await (const { window, values, grams, features } of lookInOrder(
    networks,
    eachWindow(windows),
    signal,
  )) {
    yield* finished(window.origin[2]);
    for (const { layer, statistics } of grams) onGram?.(layer, statistics);
    for (const { layer, map, interior } of features) await onFeatures?.(layer, map, interior);
    addWindow(values, rows, { ...window, size: windows.size }, weights);
    onProgress?.(++done, total);
  }
  yield* finished(image.shape[2]);

  function* finished(end: number): Generator<PredictedSlab> {
    for (const taken of rows.take(end)) {
      const slab = weights.normalised ? taken : divided(taken, outputChannels);
      if (plan.blending === "logits") activations[activation](slab.data, outputChannels);
      else atMostOne(slab.data);
      yield slab;
    }
  }
}

/** Weights that add up to one do so but for rounding: a mean of certainties may come out a trifle above 1. */
function atMostOne(probabilities: Float32Array): void {
  for (let at = 0; at < probabilities.length; at++) {
    if (probabilities[at]! > 1) probabilities[at] = 1;
  }
}
