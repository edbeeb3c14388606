/**
 * A training step as ONNX models: as one, and as the two parts that computing samples side by side needs, the gradient of one sample
 * and the update by a gradient.
 */
import {
  add,
  concatenate,
  encode,
  Graph,
  gradients,
  multiply,
  reshape,
  subtract,
  sum,
  type Value,
} from "../graph/index.js";
import { architectures, FlatParameters, parameterCount } from "../network/index.js";
import { supervisedLoss, weightedMean } from "./losses/index.js";
import { clipByNorm } from "./optimisers/index.js";
import type { ProgramOptions } from "./program-options.js";

/** The vector in which the running mean of the weights is kept. */
export const AVERAGED = "averagedWeights";

export const averages = (
  options: ProgramOptions,
): options is ProgramOptions & { readonly averaging: number } => (options.averaging ?? 0) > 0;

/**
 * Inputs `image` [N, C, D, H, W], `target` [N, K, D, H, W], `weight` [N, K] and those of the update; outputs `loss`,
 * `gradientNorm` and `new/<vector>` for every vector.
 */
export function stepModel(options: ProgramOptions, channelBlock: number | undefined): Uint8Array {
  const graph = new Graph();
  const parameters = graph.input("parameters", [parameterCount(options.network.layout)]);
  const { losses, weight, source } = lossesOf(graph, parameters, options, options.batch);
  const loss = weightedMean(losses, weight);
  graph.output("loss", loss);
  addUpdate(graph, options, { parameters, gradient: flatGradient(loss, source) });
  return encode(graph, { name: "training-step", channelBlock });
}

/**
 * One sample: inputs `image` [1, C, D, H, W], `target` [1, K, D, H, W], `weight` [1, K] (its share of the batch's) and
 * `parameters`; outputs `loss` and `gradient`. Their sums over the samples are those of the batch.
 */
export function sampleModel(options: ProgramOptions, channelBlock: number | undefined): Uint8Array {
  const graph = new Graph();
  const parameters = graph.input("parameters", [parameterCount(options.network.layout)]);
  const { losses, weight, source } = lossesOf(graph, parameters, options, 1);
  const channels = weight.dims[1] as number;
  const loss = reshape(sum(multiply(losses, reshape(weight, [1, channels, 1, 1, 1]))), [1]);
  graph.output("loss", loss);
  graph.output("gradient", flatGradient(loss, source));
  return encode(graph, { name: "gradient-of-a-sample", channelBlock });
}

/** Inputs `parameters`, `gradient` and those of the optimiser; outputs `gradientNorm` and `new/<vector>` for every vector. */
export function updateModel(options: ProgramOptions): Uint8Array {
  const graph = new Graph();
  const count = parameterCount(options.network.layout);
  const parameters = graph.input("parameters", [count]);
  addUpdate(graph, options, { parameters, gradient: graph.input("gradient", [count]) });
  return encode(graph, { name: "update" });
}

function lossesOf(
  graph: Graph,
  parameters: Value,
  { network, loss, patch }: ProgramOptions,
  samples: number,
): { losses: Value; weight: Value; source: FlatParameters } {
  const { architecture, inputChannels, outputChannels } = network.description;
  const image = graph.input("image", [samples, inputChannels, ...patch]);
  const target = graph.input("target", [samples, outputChannels, ...patch]);
  const weight = graph.input("weight", [samples, outputChannels]);
  const masks = network.dropoutLayers.length > 0 ? samples : undefined;
  const source = new FlatParameters(parameters, network.layout, masks);
  const result = architectures[architecture](image, source, network.description);
  return { losses: supervisedLoss(loss, result, target), weight, source };
}

/** Every parameter is a source of its own, so that its gradient is not padded to the length of all of them. */
function flatGradient(loss: Value, source: FlatParameters): Value {
  const pieces = gradients(loss, source.values).map((gradient) =>
    reshape(gradient, [gradient.dims.reduce<number>((count, size) => count * (size as number), 1)]),
  );
  return concatenate(pieces as [Value, ...Value[]], 0);
}

function addUpdate(
  graph: Graph,
  options: ProgramOptions,
  { parameters, gradient: whole }: { readonly parameters: Value; readonly gradient: Value },
): void {
  const { optimiser, clipNorm } = options;
  const { gradient, norm } = clipByNorm(whole, clipNorm);
  const states = optimiser.states.map((name) => graph.input(name, parameters.dims));
  const update = optimiser.update({
    parameters,
    gradient,
    states,
    learningRate: graph.input("learningRate", [1]),
    scalars: graph.input("scalars", [2]),
  });
  graph.output("gradientNorm", norm);
  graph.output("new/parameters", update.parameters);
  if (averages(options)) {
    const mean = graph.input(AVERAGED, parameters.dims);
    const share = graph.input("averagedShare", [1]);
    graph.output(`new/${AVERAGED}`, add(mean, multiply(subtract(update.parameters, mean), share)));
  }
  optimiser.states.forEach((name, index) => {
    graph.output(`new/${name}`, update.states[index] as Value);
  });
}
