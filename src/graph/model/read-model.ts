/** From the bytes of an ONNX file that other software wrote to a model that is safe to open. */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import type { FilesBeside } from "../../sources/index.js";
import { checkGrowth } from "./check-growth.js";
import { checkConstants, checkSizes } from "./check-sizes.js";
import { countFields } from "./count-fields.js";
import { withExternalData } from "./external-data.js";
import { refused, shown } from "./refusal.js";

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
/** Fields of all messages in a file: each takes memory, however short it is. */
const MOST_FIELDS = 2 ** 21;

const STANDARD = new Set(["", "ai.onnx", "com.microsoft"]);
const CONTROL_FLOW = new Set(["If", "Loop", "Scan", "SequenceMap"]);

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
  checkFunctions(proto, name);
  checkNodes(graph.node, name);
  checkOrder(graph, name);
  await withExternalData(tensorsOf(graph), { name, beside, most: MOST_BYTES - bytes.length });
  checkConstants(tensorsOf(graph), name);
  checkSizes(graph, name);
  checkGrowth(graph, name);
  return { proto, graph, opset, name };
}

function parsed(bytes: Uint8Array, name: string): ModelProto {
  let fields = 0;
  try {
    fields = countFields(bytes, ModelProtoSchema, MOST_FIELDS);
    if (fields <= MOST_FIELDS) return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw refused(
      name,
      bytes.length === 0 ? "an empty file" : "bytes that are no ONNX model",
      "an ONNX model",
      "Give the .onnx file; weights of PyTorch (.pt, .pth) must be exported first.",
      cause,
    );
  }
  throw refused(
    name,
    "more parts than a network has",
    `at most ${MOST_FIELDS} fields`,
    "Choose a smaller network; store its weights as raw data.",
  );
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

/** A function of the model's own could stand for an operator of the standard and hold what is refused elsewhere. */
function checkFunctions({ functions }: ModelProto, name: string): void {
  const own = functions.find(({ domain }) => STANDARD.has(domain));
  if (own === undefined) return;
  throw refused(
    name,
    `the operator ${shown(own.name)}, which the model defines itself`,
    "operators of the ONNX standard",
    "Inline its functions first (onnx.inliner.inline_local_functions).",
  );
}

function checkNodes(nodes: readonly NodeProto[], name: string): void {
  if (nodes.length > MOST_NODES) {
    throw refused(name, `${nodes.length} operators`, `at most ${MOST_NODES}`, "Choose a smaller network.");
  }
  for (const { opType, domain, attribute } of nodes) {
    const branches = attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0);
    if (CONTROL_FLOW.has(opType) || branches) {
      throw refused(
        name,
        `the operator ${shown(opType)}, which runs parts of the network again or not at all`,
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

/** All constants: initializers, and attributes of operators. */
function tensorsOf({ initializer, sparseInitializer, node }: GraphProto): TensorProto[] {
  const sparse = sparseInitializer.flatMap(({ values, indices }) => [values, indices]);
  const attributes = node.flatMap(({ attribute }) => attribute.flatMap(({ t, tensors }) => [t, ...tensors]));
  return [...initializer, ...sparse, ...attributes].filter((tensor) => tensor !== undefined);
}
