/** A graph as the bytes of an ONNX model (ModelProto, opset 18). */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
} from "onnx-buf";
import type { Graph } from "./graph.js";
import { blockedDomain, OnnxEmitter, onnxDataType } from "./onnx-emitter.js";
import type { GraphNode, Value } from "./operator.js";
import { valueInfo } from "./value-info.js";

const irVersion = 8n;
const opset = 18n;

export interface EncodeOptions {
  /** Name of the graph inside the model. */
  readonly name?: string;
  /** Facts kept in the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * What `Engine.channelBlock` of the engine says that will run the model: convolutions are then written for that engine
   * and machine, and the model is not for keeping. Default: a model for every engine.
   */
  readonly channelBlock?: number;
}

/** Encodes everything that the declared outputs need; nodes that lead nowhere are left out. */
export function encode(graph: Graph, options: EncodeOptions = {}): Uint8Array {
  const emit = new OnnxEmitter("", options.channelBlock);
  const names = new Map<Value, string>();
  for (const [name, value] of graph.inputs) names.set(value, name);
  for (const [name, value] of graph.outputs) if (!names.has(value)) names.set(value, name);

  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = `v${value.id}`;
    names.set(value, name);
    return name;
  };
  const needed = neededNodes(graph);
  const used = new Set<Value>(graph.outputs.values());
  for (const node of needed) for (const input of node.inputs) used.add(input);
  for (const { value, data } of graph.constants) {
    if (used.has(value)) emit.initializer(nameOf(value), value.type, value.dims as number[], data);
  }
  for (const node of needed) {
    node.operator.lower({
      emit,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      operands: node.inputs,
      results: node.outputs,
      attributes: node.attributes,
    });
  }
  for (const [name, value] of graph.outputs) {
    if (nameOf(value) !== name) emit.node("Identity", [nameOf(value)], {}, name);
  }

  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "sureseg",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: opset }),
      ...(emit.nodes.some(({ domain }) => domain === blockedDomain)
        ? [create(OperatorSetIdProtoSchema, { domain: blockedDomain, version: 1n })]
        : []),
    ],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: options.name ?? "sureseg",
      node: emit.nodes,
      initializer: emit.initializers,
      input: [...graph.inputs].map(portOf),
      output: [...graph.outputs].map(portOf),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

/** The nodes that some declared output depends on, in order of execution. */
function neededNodes(graph: Graph): GraphNode[] {
  const wanted = new Set<Value>(graph.outputs.values());
  const needed: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const input of node.inputs) wanted.add(input);
    needed.push(node);
  }
  return needed.reverse();
}

const portOf = ([name, value]: [string, Value]) => valueInfo(name, onnxDataType(value.type), value.dims);
