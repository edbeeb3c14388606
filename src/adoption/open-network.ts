/** Model and network file together: a network that the pipeline can run, and everything a bundle says of it but the guard. */
import { UserError } from "../base/index.js";
import type { BundleParts, Labels } from "../bundle/index.js";
import type { Engine } from "../graph/index.js";
import {
  adoptModel,
  alongImage,
  checkAxes,
  checkOutput,
  chooseOutput,
  imageInput,
  type Layer,
  layerNames,
  layersOf,
  observeModel,
  outputNames,
  type ReadModel,
} from "../graph/model/index.js";
import { channelsOf, type LabelMode, type PaintedRegion } from "../labels/index.js";
import type { NetworkFile } from "./network-file.js";

export interface OpenNetworkOptions {
  /** Names of layers to tap; default: the usual ones. */
  readonly layers?: readonly string[];
}

/** Everything but guard, temperature and card. */
export interface AdoptedNetwork extends Pick<BundleParts, "model" | "preparation" | "windows" | "labels"> {
  readonly layers: readonly Layer[];
}

/** Voxels of a window along each axis, where neither model nor file says. */
const USUAL_WINDOW = 64;

/** What the model holds and where its layers lie, from one run on noise. @throws UserError where it cannot be used */
export async function observeLayers(
  engine: Engine,
  model: ReadModel,
  choice: { readonly input?: string; readonly channels?: number } = {},
) {
  const input = imageInput(model, choice.input);
  const names = [...new Set([...layerNames(model), ...outputNames(model)])];
  const observed = await observeModel(engine, model, input, { names, channels: choice.channels });
  return { input, observed, layers: layersOf(model, observed) };
}

/** @throws UserError where model and file do not fit each other, or leave open what must be known */
export async function openNetwork(
  engine: Engine,
  model: ReadModel,
  file: NetworkFile,
  options: OpenNetworkOptions = {},
): Promise<AdoptedNetwork> {
  const channels = file.modalities.length;
  const { input, observed, layers } = await observeLayers(engine, model, { input: file.input, channels });
  checkAxes(file.axes, input, model.name);
  if (observed.input[1] !== channels) {
    throw new UserError({
      subject: model.name,
      found: `a network of ${observed.input[1]} channels`,
      expected: `${channels}: ${file.modalities.join(", ")}`,
      advice: "Name the modality of every channel (modalities).",
    });
  }
  const organs = Object.keys(file.organs);
  const output = chooseOutput(model, observed, { name: file.output.name, channels: channelsWanted(file) });
  const labelMode = labelModeOf(file, organs.length, output.channels, model.name);
  const meaning = await checkOutput(engine, model, { input, observed, output, stated: file.output.meaning });
  const activation = activationOf(file, meaning, labelMode);
  const chosen = chosenLayers(layers, options.layers, model.name);
  const adopted = adoptModel(model, {
    input,
    output: { ...output, meaning },
    layers: chosen,
    axes: file.axes,
    inputChannels: channels,
  });
  const labels: Labels = {
    labelMode,
    organs,
    regions: paintedRegions(file),
    outputChannels: output.channels,
    activation,
    inputChannels: file.modalities.map((modality, index) => `${modality} ${index + 1}`),
    modalities: [file.modalities],
  };
  return {
    model: adopted,
    preparation: file.preparation,
    windows: windowsOf(file, input.dims, layers),
    labels,
    layers: chosen,
  };
}

/** A file's regions in the order of painting; undefined where its classes do not overlap. */
export const paintedRegions = ({ organs, regions }: NetworkFile): PaintedRegion[] | undefined =>
  regions &&
  Object.entries(regions).map(([organ, value]) => ({
    channel: Object.keys(organs).indexOf(organ),
    value,
    values: [...organs[organ]!],
  }));

const statedMode = ({ output, regions }: NetworkFile): LabelMode | undefined =>
  regions === undefined ? output.labelMode : "regions";

/** How many channels the output may have. */
function channelsWanted(file: NetworkFile): number[] {
  const count = Object.keys(file.organs).length;
  const stated = statedMode(file);
  const modes = stated === undefined ? (["union", "exclusive"] as const) : [stated];
  return modes.map((mode) => channelsOf(mode, count));
}

function labelModeOf(file: NetworkFile, organs: number, channels: number, name: string): LabelMode {
  const stated = statedMode(file);
  const found = stated ?? (channels === organs + 1 ? "exclusive" : "union");
  if (channelsOf(found, organs) === channels) return found;
  throw new UserError({
    subject: name,
    found: `an output of ${channels} channels`,
    expected: `${organs} for the classes ${Object.keys(file.organs).slice(0, 5).join(", ")}${organs > 5 ? ", ..." : ""}, or one more with background`,
    advice:
      "Name every class that has a channel (organs), in their order, or choose another output (output.name).",
  });
}

function activationOf({ output }: NetworkFile, meaning: string, labelMode: LabelMode): Labels["activation"] {
  if (meaning === "softmax" || meaning === "sigmoid") return meaning;
  return output.activation ?? (labelMode === "exclusive" ? "softmax" : "sigmoid");
}

function chosenLayers(
  layers: readonly Layer[],
  names: readonly string[] | undefined,
  model: string,
): Layer[] {
  if (names === undefined) {
    const usual = layers.filter((layer) => layer.usual);
    if (usual.length > 0) return usual;
  }
  const missing = names?.find((name) => !layers.some((layer) => layer.name === name));
  if (names !== undefined && names.length > 0 && missing === undefined) {
    return layers.filter(({ name }) => names.includes(name));
  }
  throw new UserError({
    subject: model,
    found: missing === undefined ? "no feature map that could be tapped" : `no layer ${missing}`,
    expected: layers.length === 0 ? "convolutions with a fixed number of channels" : "one of its layers",
    advice: "`sureseg guard layers MODEL` lists them.",
  });
}

function windowsOf(
  { windows, axes }: NetworkFile,
  dims: readonly (number | undefined)[],
  layers: readonly Layer[],
): BundleParts["windows"] {
  const strides = layers.map((layer) => alongImage(layer.strides, axes, 1));
  const deepest = [0, 1, 2].map((axis) =>
    strides.reduce((common, stride) => leastCommonMultiple(common, stride[axis]!), 1),
  );
  const fixed = alongImage(
    dims.slice(2).map((size) => size ?? 0),
    axes,
    1,
  );
  const usual = fixed.map((size, axis) => size || Math.ceil(USUAL_WINDOW / deepest[axis]!) * deepest[axis]!);
  const isFlat = (axis: number): boolean => !axes.includes("ijk"[axis]!);
  const isFixed = fixed.some((size) => size > 1);
  const triple = (numbers: readonly number[]) => numbers as [number, number, number];
  const multipleOf = triple(
    deepest.map((stride, axis) => (fixed[axis]! > 0 && fixed[axis]! % stride !== 0 ? 1 : stride)),
  );
  return {
    window: triple(
      (isFixed ? usual : (windows.window ?? usual)).map((size, axis) => (isFlat(axis) ? 1 : size)),
    ),
    overlap: windows.overlap ?? 0.5,
    multipleOf: windows.multipleOf ?? multipleOf,
    // A network of slices sees one at a time, whatever the file says.
    fixedSize: axes.length === 2 || (windows.fixedSize ?? true),
    padding: windows.padding ?? "reflect",
    mirroredAxes: windows.mirroredAxes ?? [],
    placement: windows.placement,
    blending: windows.blending,
    weights: windows.weights,
    mirroring: windows.mirroring,
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a * b) / x;
}
