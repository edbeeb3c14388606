/** A described network: its parameters' layout, fresh weights, and its form as an ONNX model. */
import type { Random } from "../base/index.js";
import { encode, Graph } from "../graph/index.js";
import { type Architecture, type NetworkOptions, networkStride } from "./architecture.js";
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
  /** Layers by name with their channels, from the image to the output. */
  readonly layers: readonly { name: string; channels: number; stride: number }[];
  readonly stride: number;
}

export function describeNetwork(description: NetworkDescription): Network {
  const size = networkStride(description.levels);
  const graph = new Graph();
  const recorder = new LayoutRecorder(graph, description.dropout > 0);
  const image = graph.input("image", [1, description.inputChannels, size, size, size]);
  const result = architectures[description.architecture](image, recorder, description);
  return {
    description,
    layout: recorder.layout,
    dropoutLayers: recorder.dropoutLayers,
    layers: [...result.layers].map(([name, value]) => ({
      name,
      channels: value.dims[1] as number,
      stride: size / (value.dims[2] as number),
    })),
    stride: size,
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
 * @param masks also declares one input for each dropout layer's mask (Monte-Carlo dropout)
 */
export function exportNetwork(
  network: Network,
  parameters: Float32Array,
  options: { masks?: boolean; metadata?: Record<string, string> } = {},
): Uint8Array {
  const { description, layout } = network;
  const graph = new Graph();
  const image = graph.input("image", ["N", description.inputChannels, "D", "H", "W"]);
  const source = new FixedParameters(graph, parameters, layout, options.masks === true);
  const result = architectures[description.architecture](image, source, description);
  graph.output("logits", result.logits);
  for (const [layer, value] of result.layers) graph.output(featureOutput(layer), value);
  return encode(graph, { name: description.architecture, metadata: options.metadata });
}
