/** The feature maps of a network: what a guard can tap, and what it should. */
import type { NodeProto } from "onnx-buf";
import type { Observed } from "./observe-model.js";
import type { ReadModel } from "./read-model.js";

/** A feature map. */
export interface Layer {
  /** The tensor's name in the model. */
  readonly name: string;
  /** The operator that makes it. */
  readonly operator: string;
  readonly channels: number;
  /** Voxels of the input for one of the map, along the model's own spatial axes. */
  readonly strides: readonly number[];
  /** Tapped where nobody says otherwise. */
  readonly usual: boolean;
}

/** Operators whose results are feature maps; those that end a block come first in a choice. */
const ACTIVATIONS = [
  "LeakyRelu",
  "Relu",
  "PRelu",
  "Elu",
  "Selu",
  "Gelu",
  "Celu",
  "Mish",
  "HardSwish",
  "Softplus",
  "Mul",
  "Clip",
];
const OTHERS = [
  "Add",
  "InstanceNormalization",
  "GroupNormalization",
  "BatchNormalization",
  "Conv",
  "ConvTranspose",
  "Concat",
  "MaxPool",
  "AveragePool",
];
const TAPPED = new Set([...ACTIVATIONS, ...OTHERS]);

/** A Gram matrix grows with the square of the channels: 512 of them take 2 MB. */
const MOST_USUAL_CHANNELS = 512;
const MOST_CHANNELS = 4096;
/** How many are tapped where nobody says otherwise. */
export const USUAL_LAYERS = 5;

/** Names of the tensors that may be feature maps. */
export const layerNames = ({ graph }: ReadModel): string[] =>
  graph.node
    .filter(({ opType }) => TAPPED.has(opType))
    .flatMap(({ output }) => output.slice(0, 1))
    .filter((name) => name !== "");

/**
 * Feature maps in the order in which the network computes them: as many axes as the input, a whole number of the input's
 * voxels for each of theirs.
 *
 * Usual are the last activations of the way down at each stride, the deepest `USUAL_LAYERS` strides: what the paper looks
 * at, and cheap.
 */
export function layersOf({ graph }: ReadModel, { input, dims }: Observed): Layer[] {
  const found: Omit<Layer, "usual">[] = [];
  for (const { opType, output } of graph.node) {
    const name = output[0] ?? "";
    const sizes = dims.get(name);
    if (sizes === undefined || sizes.length !== input.length || sizes[0] !== 1 || !TAPPED.has(opType))
      continue;
    const strides = input.slice(2).map((length, axis) => length / sizes[axis + 2]!);
    const channels = sizes[1]!;
    if (!strides.every((stride) => Number.isInteger(stride) && stride >= 1) || channels > MOST_CHANNELS)
      continue;
    found.push({ name, operator: opType, channels, strides });
  }
  const usual = usualLayers(found);
  return found.map((layer) => ({ ...layer, usual: usual.has(layer.name) }));
}

const scaleOf = ({ strides }: Pick<Layer, "strides">): number =>
  strides.reduce((product, stride) => product * stride, 1);

function usualLayers(layers: readonly Omit<Layer, "usual">[]): Set<string> {
  const fit = layers.filter(({ channels }) => channels > 1 && channels <= MOST_USUAL_CHANNELS);
  const deepest = Math.max(...fit.map(scaleOf));
  const bottom = fit.findLastIndex((layer) => scaleOf(layer) === deepest);
  const down = fit.slice(0, bottom + 1);
  const chosen = new Map<number, string>();
  // The last of each stride before a deeper one begins; an activation where there is one.
  for (const scale of new Set(down.map(scaleOf))) {
    const deeper = down.findIndex((layer) => scaleOf(layer) > scale);
    const own = (deeper < 0 ? down : down.slice(0, deeper)).filter((layer) => scaleOf(layer) === scale);
    const best = own.findLast(({ operator }) => ACTIVATIONS.includes(operator)) ?? own.at(-1);
    if (best !== undefined) chosen.set(scale, best.name);
  }
  const byDepth = [...chosen].sort(([a], [b]) => b - a);
  return new Set(byDepth.slice(0, USUAL_LAYERS).map(([, name]) => name));
}

/** Operators that move numbers and change none. */
const MOVES = new Set(["Identity", "Cast", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);
/** Those that leave them where they are. */
export const COPIES: ReadonlySet<string> = new Set(["Identity", "Cast"]);

/** The operator that made a tensor, from it backwards through those that are passed over. */
export function makerOf(
  { graph }: ReadModel,
  name: string,
  passed: ReadonlySet<string> = MOVES,
): NodeProto | undefined {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((output) => [output, node] as const)));
  let node = makers.get(name);
  while (node !== undefined && passed.has(node.opType)) node = makers.get(node.input[0] ?? "");
  return node;
}
