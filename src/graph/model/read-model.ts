/** From the bytes of an ONNX file that other software wrote to a model that is safe to open. */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { UserError } from "../../base/index.js";
import type { FilesBeside } from "../../sources/index.js";
import { MAX_VOXELS } from "../../volume/index.js";
import { withExternalData } from "./external-data.js";
import { bytesOfTensor, elementsOf } from "./tensors.js";

/** A model that passed all checks. */
export interface ReadModel {
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of the standard operators. */
  readonly opset: number;
  /** What messages call it. */
  readonly name: string;
}

const OPSETS = { least: 9, most: 22 } as const;
/** What the format itself allows: a protobuf message is smaller than 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_NODES = 100_000;

const STANDARD = new Set(["", "ai.onnx", "com.microsoft"]);
const CONTROL_FLOW = new Set(["If", "Loop", "Scan", "SequenceMap"]);
/** Operators whose result is as large as one of their operands says. */
const SIZED_BY: ReadonlyMap<string, number> = new Map([
  ["ConstantOfShape", 0],
  ["Expand", 1],
]);

/**
 * @param name of the file, for messages
 * @param beside where files with the model's weights are; without it such models are refused
 * @throws UserError that says in one sentence why the file is not taken
 */
export async function readModel(bytes: Uint8Array, name: string, beside?: FilesBeside): Promise<ReadModel> {
  if (bytes.length > MOST_BYTES) {
    throw refused(
      name,
      `a file of ${bytes.length} bytes`,
      `at most ${MOST_BYTES}`,
      "Choose a smaller network.",
    );
  }
  const proto = parsed(bytes, name);
  const { graph } = proto;
  if (graph === undefined || graph.node.length === 0) {
    throw refused(
      name,
      "no network in it",
      "an ONNX model",
      "Export the network again, with torch.onnx.export for example.",
    );
  }
  const opset = opsetOf(proto, name);
  checkNodes(graph.node, name);
  checkOrder(graph, name);
  await withExternalData(tensorsOf(graph), { name, beside, most: MOST_BYTES - bytes.length });
  checkTensors(graph, name);
  return { proto, graph, opset, name };
}

function parsed(bytes: Uint8Array, name: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw refused(
      name,
      bytes.length === 0 ? "an empty file" : "bytes that are no ONNX model",
      "an ONNX model",
      "Give the .onnx file; weights of PyTorch (.pt, .pth) must be exported first.",
      cause,
    );
  }
}

function opsetOf({ opsetImport }: ModelProto, name: string): number {
  const standard = opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  const version = Number(standard?.version ?? 0n);
  if (version >= OPSETS.least && version <= OPSETS.most) return version;
  throw refused(
    name,
    version === 0 ? "no version of its operators" : `operators of opset ${version}`,
    `opset ${OPSETS.least} to ${OPSETS.most}`,
    "Export the network again with opset_version=17.",
  );
}

function checkNodes(nodes: readonly NodeProto[], name: string): void {
  if (nodes.length > MOST_NODES) {
    throw refused(name, `${nodes.length} operators`, `at most ${MOST_NODES}`, "Choose a smaller network.");
  }
  for (const { opType, domain } of nodes) {
    if (CONTROL_FLOW.has(opType)) {
      throw refused(
        name,
        `the operator ${opType}, which runs parts of the network again or not at all`,
        "a network without branches and loops",
        "Export it by tracing (torch.onnx.export of a module, not of a script).",
      );
    }
    if (!STANDARD.has(domain)) {
      throw refused(
        name,
        `the operator ${shown(opType)} of ${shown(domain)}`,
        "operators of the ONNX standard",
        "Export the network without custom operators.",
      );
    }
  }
}

/** Every operand must come from before: ONNX demands it, and a cycle cannot fulfil it. */
function checkOrder({ node, input, initializer, sparseInitializer }: GraphProto, name: string): void {
  const known = new Set([...input, ...initializer].map((value) => value.name));
  for (const { values } of sparseInitializer) if (values !== undefined) known.add(values.name);
  for (const { opType, input: operands, output } of node) {
    const missing = operands.find((operand) => operand !== "" && !known.has(operand));
    if (missing !== undefined) {
      throw refused(
        name,
        `${shown(opType)} uses ${shown(missing)}, which nothing before it makes (a cycle, or a part that is missing)`,
        "operators in the order in which they run",
        "The file is damaged or was edited: export the network again.",
      );
    }
    for (const result of output) known.add(result);
  }
}

/** Constants must be as long as their sizes say, and no constant may ask for more memory than an image could. */
function checkTensors(graph: GraphProto, name: string): void {
  const constants = new Map<string, TensorProto>(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const tensor of tensorsOf(graph)) {
    const elements = elementsOf(tensor);
    const bytes = bytesOfTensor(tensor);
    if (elements <= MAX_VOXELS && (bytes === undefined || bytes.stored === bytes.wanted)) continue;
    throw refused(
      name,
      `the constant ${shown(tensor.name)} of ${elements} numbers with ${bytes?.stored ?? 0} bytes`,
      bytes === undefined
        ? `at most ${MAX_VOXELS} numbers`
        : `${bytes.wanted} bytes, of at most ${MAX_VOXELS} numbers`,
      "The file is damaged: export the network again.",
    );
  }
  for (const { opType, input, attribute, output } of graph.node) {
    if (opType === "Constant") {
      const value = attribute.find((one) => one.name === "value")?.t;
      if (value !== undefined) constants.set(output[0] ?? "", value);
    }
    const operand = SIZED_BY.get(opType);
    const sizes = operand === undefined ? undefined : constants.get(input[operand] ?? "");
    if (sizes === undefined) continue;
    const product = numbersOf(sizes).reduce((total, size) => total * Math.max(1, size), 1);
    if (product <= MAX_VOXELS) continue;
    throw refused(
      name,
      `the operator ${opType}, which would make ${product} numbers`,
      `at most ${MAX_VOXELS}`,
      "The file is damaged: export the network again.",
    );
  }
}

/** Whole numbers of a small constant. */
function numbersOf({ int64Data, rawData }: TensorProto): number[] {
  if (int64Data.length > 0) return int64Data.map(Number);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: Math.floor(rawData.byteLength / 8) }, (_, at) =>
    Number(view.getBigInt64(8 * at, true)),
  );
}

/** All constants: initializers, and attributes of operators. */
function tensorsOf({ initializer, sparseInitializer, node }: GraphProto): TensorProto[] {
  const sparse = sparseInitializer.flatMap(({ values, indices }) => [values, indices]);
  const attributes = node.flatMap(({ attribute }) => attribute.flatMap(({ t, tensors }) => [t, ...tensors]));
  return [...initializer, ...sparse, ...attributes].filter((tensor) => tensor !== undefined);
}

/** A name that a file states, short and printable. */
export const shown = (name: string): string => {
  const plain = name.replace(/[^\x20-\x7e]/g, "?");
  return `"${plain.length > 80 ? `${plain.slice(0, 77)}...` : plain}"`;
};

/** An error about a model, from its subject, what was found, what was expected and what to do. */
export const refused = (...[subject, found, expected, advice, cause]: Refusal): UserError =>
  new UserError({ subject, found, expected, advice, cause });

type Refusal = [subject: string, found: string, expected: string, advice: string, cause?: unknown];
