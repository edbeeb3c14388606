/** A described network: its parameters' layout, fresh weights, and its form as an ONNX model. */
import type { Random } from "../base/index.js";
import { encode, Graph } from "../graph/index.js";
import type { Shape } from "../volume/index.js";
import { type Architecture, geometryProblems, type NetworkOptions, networkStride } from "./architecture.js";
import { imageClassifier } from "./image-classifier.js";
import { FixedParameters, initialParameters, LayoutRecorder, type ParameterLayout } from "./parameters.js";
import { residualUnet } from "./residual-unet.js";
import { unet } from "./unet.js";

/** Architectures that segment, by name. To add one, write its file and name it here. */
export const segmentationArchitectures = {
  unet,
  "residual-unet": residualUnet,
} satisfies Record<string, Architecture>;

export type SegmentationArchitectureName = keyof typeof segmentationArchitectures;

export const architectures = {
  ...segmentationArchitectures,
  "image-classifier": imageClassifier,
} satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof architectures;

export interface NetworkDescription extends NetworkOptions {
  readonly architecture: ArchitectureName;
  /** Probability that a channel is dropped after the bottleneck and each decoder level; 0 switches dropout off. */
  readonly dropout: number;
}

export interface Network {
  readonly description: NetworkDescription;
  readonly layout: ParameterLayout;
  readonly dropoutLayers: readonly { layer: string; channels: number }[];
  /** Layers from the image to the output; `stride`: image voxels for one of the layer, along [i, j, k]. */
  readonly layers: readonly { name: string; channels: number; stride: Shape }[];
  /** Image sizes along [i, j, k] must be multiples of this. */
  readonly stride: Shape;
}

/** @throws RangeError where strides or kernels do not fit the levels */
export function describeNetwork(description: NetworkDescription): Network {
  const problems = geometryProblems(description);
  if (problems.length > 0) throw new RangeError(problems.join("; "));
  const stride = networkStride(description);
  const [si, sj, sk] = stride;
  const graph = new Graph();
  const recorder = new LayoutRecorder(graph, { masks: description.dropout > 0 });
  const image = graph.input("image", [1, description.inputChannels, sk, sj, si]);
  const result = architectures[description.architecture](image, recorder, description);
  return {
    description,
    layout: recorder.layout,
    dropoutLayers: recorder.dropoutLayers,
    layers: [...result.layers].map(([name, value]) => {
      const [, channels, d, h, w] = value.dims as [number, number, number, number, number];
      return { name, channels, stride: [si / w, sj / h, sk / d] };
    }),
    stride,
  };
}

export function initialise(network: Network, random: Random): Float32Array {
  return initialParameters(network.layout, random);
}

/** Name of the output that carries a layer's features. */
export const featureOutput = (layer: string): string => `features/${layer}`;

/**
 * The network with fixed weights as an ONNX model: input `image` [N, C, D, H, W], outputs `logits` [N, K, D, H, W]
 * and `features/<layer>`. Batch and spatial sizes are open; the latter must be multiples of the network's stride.
 *
 * @param options.masks also declares one input for each dropout layer's mask (Monte-Carlo dropout)
 */
export function exportNetwork(
  network: Network,
  parameters: Float32Array,
  { masks = false, metadata }: { masks?: boolean; metadata?: Record<string, string> } = {},
): Uint8Array {
  const { description, layout } = network;
  const graph = new Graph();
  const image = graph.input("image", ["N", description.inputChannels, "D", "H", "W"]);
  const source = new FixedParameters(graph, parameters, layout, { masks });
  const result = architectures[description.architecture](image, source, description);
  graph.output("logits", result.logits);
  for (const [layer, value] of result.layers) graph.output(featureOutput(layer), value);
  return encode(graph, { name: description.architecture, metadata });
}
