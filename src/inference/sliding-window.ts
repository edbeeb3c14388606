/**
 * Predicts a whole image by overlapping windows, blended with a Gaussian weight (Isensee et al., 2021), and shows each
 * window's feature maps to whoever asks, without keeping them.
 *
 * Memory: logits and weights of the whole image, and one window's feature maps.
 */
import type { Session, Tensor } from "../graph/index.js";
import { type Shape, type Vector, type Volume, voxelCount } from "../volume/index.js";
import { layWindows, type WindowPlan } from "./windows.js";

/** A layer's feature map of one window, and the part of it that belongs to this window alone. */
export interface WindowFeatures {
  readonly layer: string;
  /** [1, C, d, h, w] */
  readonly features: Tensor;
  /** Half open, in voxels of the feature map, along i, j, k (w, h, d). */
  readonly interior: { readonly low: Vector; readonly high: Vector };
}

export interface PredictOptions {
  readonly outputChannels: number;
  /** Layers by name whose features are wanted, with the name of the model's output. */
  readonly layers?: Readonly<Record<string, string>>;
  readonly onFeatures?: (features: WindowFeatures) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Width of the Gaussian as a share of the window, as nnU-Net's. */
const sigmaShare = 1 / 8;
/** No voxel of a window weighs less than this, so that borders of the image stay finite. */
const leastWeight = 1e-3;

/** @returns logits on the image's grid, one channel an output channel */
export async function predictVolume(
  session: Session,
  image: Volume<Float32Array>,
  plan: WindowPlan,
  options: PredictOptions,
): Promise<Volume<Float32Array>> {
  const { window, windows } = layWindows(image.shape, plan);
  const voxels = voxelCount(image.shape);
  const logits = new Float32Array(voxels * options.outputChannels);
  const weights = new Float32Array(voxels);
  const weight = windows.length === 1 ? new Float32Array(voxelCount(window)).fill(1) : gaussian(window);
  const layers = Object.entries(options.layers ?? {});
  const outputs = ["logits", ...layers.map(([, output]) => output)];
  const input = new Float32Array(voxelCount(window) * image.channels);
  const [w, h, d] = window;
  for (const [index, { origin, interior }] of windows.entries()) {
    options.signal?.throwIfAborted();
    cutWindow(image, origin, window, input);
    const feed: Tensor = { type: "float32", dims: [1, image.channels, d, h, w], data: input };
    const results = await session.run({ image: feed }, outputs);
    blend(
      results.logits!.data as Float32Array,
      weight,
      origin,
      window,
      image.shape,
      options.outputChannels,
      logits,
      weights,
    );
    for (const [layer, output] of layers) {
      const features = results[output]!;
      options.onFeatures?.({ layer, features, interior: layerBox(interior, origin, window, features.dims) });
    }
    options.onProgress?.(index + 1, windows.length);
  }
  for (let channel = 0; channel < options.outputChannels; channel++) {
    for (let voxel = 0; voxel < voxels; voxel++) logits[channel * voxels + voxel]! /= weights[voxel]!;
  }
  return { shape: image.shape, affine: image.affine, channels: options.outputChannels, data: logits };
}

/** Probabilities from logits: sigmoid(logit / temperature). */
export function toProbabilities(logits: Volume<Float32Array>, temperature = 1): Volume<Float32Array> {
  return { ...logits, data: logits.data.map((logit) => 1 / (1 + Math.exp(-logit / temperature))) };
}

/** Outside the image: 0, the mean of a z-scored image, as in training. */
function cutWindow(image: Volume<Float32Array>, origin: Vector, window: Shape, into: Float32Array): void {
  const [ni, nj, nk] = image.shape;
  const [w, h, d] = window;
  const width = Math.min(w, ni - origin[0]);
  into.fill(0);
  for (let c = 0; c < image.channels; c++) {
    for (let k = 0; k < Math.min(d, nk - origin[2]); k++) {
      for (let j = 0; j < Math.min(h, nj - origin[1]); j++) {
        const from = origin[0] + ni * (origin[1] + j + nj * (origin[2] + k + nk * c));
        into.set(image.data.subarray(from, from + width), w * (j + h * (k + d * c)));
      }
    }
  }
}

function gaussian(window: Shape): Float32Array {
  const along = window.map((size) =>
    Float64Array.from({ length: size }, (_, i) =>
      Math.exp(-0.5 * ((i - (size - 1) / 2) / (size * sigmaShare)) ** 2),
    ),
  );
  const [x, y, z] = along as [Float64Array, Float64Array, Float64Array];
  const weight = new Float32Array(voxelCount(window));
  let at = 0;
  for (const c of z) for (const b of y) for (const a of x) weight[at++] = Math.max(leastWeight, a * b * c);
  return weight;
}

function blend(
  part: Float32Array,
  weight: Float32Array,
  origin: Vector,
  window: Shape,
  shape: Shape,
  channels: number,
  logits: Float32Array,
  weights: Float32Array,
): void {
  const [ni, nj, nk] = shape;
  const [w, h, d] = window;
  const voxels = ni * nj * nk;
  const width = Math.min(w, ni - origin[0]);
  for (let k = 0; k < Math.min(d, nk - origin[2]); k++) {
    for (let j = 0; j < Math.min(h, nj - origin[1]); j++) {
      const target = origin[0] + ni * (origin[1] + j + nj * (origin[2] + k));
      const source = w * (j + h * k);
      for (let i = 0; i < width; i++) {
        const share = weight[source + i]!;
        weights[target + i]! += share;
        for (let c = 0; c < channels; c++) {
          logits[c * voxels + target + i]! += share * part[c * w * h * d + source + i]!;
        }
      }
    }
  }
}

/** The owned box in a layer's voxels: a layer voxel counts where the first image voxel under it is owned. */
function layerBox(
  { low, high }: { low: Vector; high: Vector },
  origin: Vector,
  window: Shape,
  dims: readonly number[],
): { low: Vector; high: Vector } {
  const scale = [0, 1, 2].map((axis) => window[axis]! / dims[4 - axis]!);
  const inLayer = (corner: Vector): Vector =>
    corner.map((value, axis) => Math.ceil((value - origin[axis]!) / scale[axis]!)) as unknown as Vector;
  return { low: inLayer(low), high: inLayer(high) };
}
