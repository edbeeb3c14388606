/**
 * A finished model, from here or from elsewhere, with its 3x3x3 convolutions written for blocked channels. How far apart
 * two planes lie is written into the nodes, so the sizes must be known; they are those of one run.
 */
import { create } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
} from "onnx-buf";
import { blockedDomain, OnnxEmitter } from "../onnx-emitter.js";
import {
  blockedConvolution,
  isFasterInBlocks,
  type PlainConvolution,
} from "../operators/blocked-convolution.js";
import { valueInfo } from "../value-info.js";

/** A convolution of a model that blocks could compute, were its input large enough. */
interface Candidate {
  readonly node: NodeProto;
  readonly inputChannels: number;
  readonly outputChannels: number;
}

/** Prefix of the outputs that tell sizes. */
const sizesOf = "sureseg/sizes/";

/** Whether there is a convolution that blocks of 8 channels might compute. */
export const mayGainFromBlocks = (model: ModelProto): boolean => candidates(model, 8).length > 0;

/** The model with further outputs: the sizes of what its convolutions work on. */
export function tellingSizes(
  model: ModelProto,
  channelBlock: number,
): { model: ModelProto; outputs: string[] } {
  const graph = model.graph as GraphProto;
  const emit = new OnnxEmitter(sizesOf);
  const inputs = [...new Set(candidates(model, channelBlock).map(({ node }) => node.input[0] as string))];
  const outputs = inputs.map((name) => emit.node("Shape", [name], {}, `${sizesOf}${name}`));
  const told = outputs.map((name) => valueInfo(name, TensorProto_DataType.INT64, [5]));
  const telling = { ...graph, node: [...graph.node, ...emit.nodes], output: [...graph.output, ...told] };
  return { model: { ...model, graph: telling }, outputs };
}

/** @param sizes what the outputs of `tellingSizes` said, by their names; undefined where no convolution gains */
export function blockedModel(
  model: ModelProto,
  channelBlock: number,
  sizes: Readonly<Record<string, readonly number[]>>,
): ModelProto | undefined {
  const graph = model.graph as GraphProto;
  const emit = new OnnxEmitter("sureseg/blocks/", channelBlock);
  const chosen = new Map<NodeProto, PlainConvolution>();
  for (const { node, inputChannels, outputChannels } of candidates(model, channelBlock)) {
    const [input, kernel, bias] = node.input as [string, string, string?];
    const [samples, , ...space] = sizes[`${sizesOf}${input}`] as [number, number, ...number[]];
    const shape = { inputChannels, outputChannels, space, taps: [3, 3, 3] };
    if (!isFasterInBlocks(channelBlock, shape)) continue;
    chosen.set(node, { ...shape, samples, input, kernel, ...(bias ? { bias } : {}) });
  }
  if (chosen.size === 0) return undefined;
  const nodes = graph.node.flatMap((node) => {
    const convolution = chosen.get(node);
    if (convolution === undefined) return [node];
    const before = emit.nodes.length;
    blockedConvolution(emit, convolution, channelBlock, node.output[0] as string);
    return emit.nodes.slice(before);
  });
  const operators = create(OperatorSetIdProtoSchema, { domain: blockedDomain, version: 1n });
  return {
    ...model,
    graph: { ...graph, node: nodes, initializer: [...graph.initializer, ...emit.initializers] },
    opsetImport: [...model.opsetImport, operators],
  };
}

function candidates({ graph }: ModelProto, channelBlock: number): Candidate[] {
  const kernels = new Map(
    (graph?.initializer ?? [])
      .filter(({ dataType }) => dataType === TensorProto_DataType.FLOAT)
      .map(({ name, dims }) => [name, dims.map(Number)]),
  );
  return (graph?.node ?? []).flatMap((node) => {
    const dims = kernels.get(node.input[1] ?? "");
    if (node.opType !== "Conv" || node.domain !== "" || dims === undefined || !keepsSize(node)) return [];
    const [outputChannels, inputChannels, ...kernel] = dims as [number, number, ...number[]];
    const fits = inputChannels % channelBlock === 0 && outputChannels % channelBlock === 0;
    return fits && kernel.join() === "3,3,3" ? [{ node, inputChannels, outputChannels }] : [];
  });
}

/** Whether a convolution of a 3x3x3 kernel has stride 1, one group, and one zero around. */
function keepsSize({ attribute }: NodeProto): boolean {
  const whole = (name: string): number[] | undefined =>
    attribute.find((entry) => entry.name === name)?.ints.map(Number);
  const padding = attribute.find(({ name }) => name === "auto_pad")?.s ?? new Uint8Array();
  const group = attribute.find(({ name }) => name === "group")?.i ?? 1n;
  return (
    ["", "NOTSET"].includes(new TextDecoder().decode(padding)) &&
    group === 1n &&
    (whole("pads") ?? []).join() === "1,1,1,1,1,1" &&
    (whole("strides") ?? [1]).every((step) => step === 1) &&
    (whole("dilations") ?? [1]).every((step) => step === 1)
  );
}
