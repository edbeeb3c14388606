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
import { UserError } from "../base/index.js";
import type { Session, Tensor } from "../graph/engine.js";
import { gramOutputs, INTERIOR_INPUT } from "../graph/model/gram-outputs.js";
import { type Box, checkSize, type Shape, type Volume, voxelCount } from "../volume/index.js";
import { type ActivationName, activations } from "./activation.js";
import { addWindow, divided } from "./blend-window.js";
import { flipsAlongImage } from "./flip.js";
import { blendWeights } from "./gaussian-blend.js";
import { cutWindow } from "./padding.js";
import { addMirroredCopies, type CopiedNetwork } from "./window-copies.js";
import {
  eachWindow,
  insideWindow,
  interiorOfLayer,
  planWindows,
  type WindowPlan,
  windowCount,
} from "./window-plan.js";
import { type PredictedSlab, WindowRows } from "./window-rows.js";

/**
 * Takes one window's feature map of one layer. `features` is [1, C, D, H, W] float32, its memory is used again for the
 * next window; `interior` is the part that counts, in the map's own voxels [i, j, k] (axes W, H, D).
 */
export type FeatureVisitor = (layer: string, features: Tensor, interior: Box) => void | Promise<void>;

/** What a model that counts for itself gives of one window and layer: see `withGramOutputs`. */
export interface WindowGram {
  /** F^T F, C x C, of the matrix F with one row a voxel that counts and one column a channel. */
  readonly gram: Float64Array;
  readonly columnSums: Float64Array;
  /** Voxels that counted. */
  readonly rows: number;
}

/** Takes one window's Gram matrix of one layer; its memory is used again for the next window. */
export type GramVisitor = (layer: string, statistics: WindowGram) => void;

export interface PredictOptions {
  /** Channels of the model's logits. */
  readonly outputChannels: number;
  /** Default `sigmoid`. */
  readonly activation?: ActivationName;
  /**
   * Layers that are looked at. `onGram` sees those of which the model gives Gram matrices, `onFeatures` the others: output
   * `features/<layer>` of the model, or the output of that name.
   */
  readonly layers?: readonly string[];
  readonly onFeatures?: FeatureVisitor;
  readonly onGram?: GramVisitor;
  /** Further inputs of the model, the same for every window (dropout masks). */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

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
  const names = modelNames(session, options.layers ?? []);
  const weights = blendWeights(windows, plan.weights);
  // Weights that do not add up to one are gathered as one more channel.
  const blended = outputChannels + (weights.normalised ? 0 : 1);
  const rows = new WindowRows(image.shape, windows.size[2], blended);

  const input = new Float32Array(image.channels * voxelCount(windows.size));
  const [si, sj, sk] = windows.size;
  const feeds: Record<string, Tensor> = {
    ...options.feeds,
    [names.image]: { type: "float32", dims: [1, image.channels, sk, sj, si], data: input },
  };
  const counted = new BigInt64Array(6);
  if (session.inputNames.includes(INTERIOR_INPUT)) {
    feeds[INTERIOR_INPUT] = { type: "int64", dims: [6], data: counted };
  }
  const network: CopiedNetwork = {
    ...names,
    session,
    flips: flipsAlongImage(plan.mirroring ?? []),
    valuesOf: (output) => {
      const values = logitsOf(output, outputChannels, windows.size);
      if (plan.blending !== "logits") activations[activation](values, outputChannels);
      return values;
    },
  };
  const total = windowCount(windows);
  let done = 0;
  let memory: Record<string, Tensor> = {};
  for (const window of eachWindow(windows)) {
    options.signal?.throwIfAborted();
    yield* finished(window.origin[2]);
    const { padding = "reflect" } = plan;
    cutWindow(image, { origin: window.origin, size: windows.size, padding }, input);
    const inside = insideWindow(window, image.shape);
    counted.set([...[...inside.low].reverse(), ...[...inside.high].reverse()].map(BigInt));
    const grams = isEmpty(inside) ? [] : names.grams;
    const wanted = [
      names.logits,
      ...names.features.map(({ output }) => output),
      ...grams.flatMap(({ gram, sums, sizes }) => [gram, sums, sizes]),
    ];
    memory = await session.run(feeds, wanted, memory);
    for (const { layer, gram, sums, sizes } of grams) {
      const dims = Array.from(memory[sizes]!.data, Number);
      const stride = layerStride(layer, dims, windows.size, plan.multipleOf);
      options.onGram?.(layer, {
        gram: memory[gram]!.data as Float64Array,
        columnSums: memory[sums]!.data as Float64Array,
        rows: voxelsIn(interiorOfLayer(window, image.shape, stride)),
      });
    }
    for (const { layer, output } of names.features) {
      const features = memory[output] as Tensor;
      const interior = interiorOfLayer(
        window,
        image.shape,
        layerStride(layer, features.dims, windows.size, plan.multipleOf),
      );
      if (options.onFeatures !== undefined && !isEmpty(interior)) {
        await options.onFeatures(layer, features, interior);
      }
    }
    const result = network.valuesOf(memory[names.logits] as Tensor);
    await addMirroredCopies(network, result, feeds);
    addWindow(result, rows, { ...window, size: windows.size }, weights);
    options.onProgress?.(++done, total);
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

function logitsOf(tensor: Tensor, channels: number, [si, sj, sk]: Shape): Float32Array {
  const dims = [1, channels, sk, sj, si];
  if (tensor.type !== "float32" || tensor.dims.join() !== dims.join()) {
    throw new UserError({
      subject: "the model's output",
      found: `${tensor.type} [${tensor.dims.join(", ")}]`,
      expected: `float32 [${dims.join(", ")}]`,
      advice: "The model's channels and its labels must be of one bundle; the window must suit the model.",
    });
  }
  return tensor.data as Float32Array;
}

function layerStride(layer: string, dims: readonly number[], [si, sj, sk]: Shape, multipleOf: Shape): Shape {
  const [, , d, h, w] = dims as [number, number, number, number, number];
  const stride: Shape = [si / w, sj / h, sk / d];
  const aligned = stride.every(
    (length, axis) => Number.isInteger(length) && (multipleOf[axis] as number) % length === 0,
  );
  if (dims.length !== 5 || dims[0] !== 1 || !aligned) {
    throw new UserError({
      subject: `layer ${layer}`,
      found: `features [${dims.join(", ")}] for a window of [${sk}, ${sj}, ${si}]`,
      expected: `[1, C, D, H, W] on a grid whose stride divides ${multipleOf.join(" x ")} along i, j, k`,
      advice:
        "Give the network's stride as `multipleOf`, and choose layers that are feature maps of the window.",
    });
  }
  return stride;
}

const isEmpty = ({ low, high }: Box): boolean => low.some((start, axis) => start >= high[axis]!);

const voxelsIn = ({ low, high }: Box): number =>
  low.reduce((product, start, axis) => product * (high[axis]! - start), 1);

interface ModelNames {
  readonly image: string;
  readonly logits: string;
  readonly features: readonly { layer: string; output: string }[];
  readonly grams: readonly ({ layer: string } & ReturnType<typeof gramOutputs>)[];
}

/** Names of the model's input and outputs; a model from elsewhere calls its first ones what it likes. */
function modelNames({ inputNames, outputNames }: Session, layers: readonly string[]): ModelNames {
  const either = (name: string, names: readonly string[]): string =>
    names.includes(name) ? name : (names[0] as string);
  const counts = (layer: string): boolean => outputNames.includes(gramOutputs(layer).gram);
  const grams = layers.filter(counts).map((layer) => ({ layer, ...gramOutputs(layer) }));
  const others = layers.filter((layer) => !counts(layer));
  const features = others.map((layer) => {
    const output = [`features/${layer}`, layer].find((name) => outputNames.includes(name));
    if (output === undefined) {
      throw new UserError({
        subject: "the model",
        found: `outputs ${outputNames.join(", ")}`,
        expected: `features of the layer ${layer}`,
        advice: "The guard was fitted on another model, or the model was exported without its layers.",
      });
    }
    return { layer, output };
  });
  return { image: either("image", inputNames), logits: either("logits", outputNames), features, grams };
}
