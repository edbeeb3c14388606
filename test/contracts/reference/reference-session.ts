/**
 * An independent evaluator of ONNX models in double precision: slow, straight from the definitions, the judge of the
 * graphs that src/graph builds and of their gradients.
 *
 * Nothing is optimised and nothing is shared with src/graph. What it does not know (operator, attribute, element
 * type, opset) it refuses with an error that names it.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { type GraphProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from "onnx-buf";
import { Attributes, decodeTensor, kindOf } from "./decode.js";
import { operators } from "./operators/index.js";
import { type Kind, type ReferenceTensor, tensor } from "./tensor.js";

/** What goes in: the kind of element is the model's, so whole numbers and truth (0, 1) may come as plain numbers. */
export interface ReferenceFeed {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | BigInt64Array;
}

/** What comes out: always doubles, for whole numbers and truth (0, 1) too. */
export interface ReferenceResult {
  readonly dims: number[];
  readonly data: Float64Array;
}

export interface ReferenceSession {
  /** Inputs that must be fed: those of the graph without an initializer. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Evaluates what `outputs` need (default: the outputs of the graph); any value of the graph may be named. */
  run(
    feeds: Readonly<Record<string, ReferenceFeed>>,
    outputs?: readonly string[],
  ): Record<string, ReferenceResult>;
}

const oldestOpset = 17;
const newestOpset = 21;

/** Opens the bytes of a ModelProto. Throws when they use what the evaluator does not know. */
export function openReference(model: Uint8Array): ReferenceSession {
  const proto = fromBinary(ModelProtoSchema, model);
  const opset = Number(proto.opsetImport.find((each) => isDefaultDomain(each.domain))?.version ?? 0);
  if (opset < oldestOpset || opset > newestOpset) {
    throw new Error(`opset ${opset} is not supported: ${oldestOpset} to ${newestOpset} are`);
  }
  if (proto.functions.length > 0) throw new Error("models with functions of their own are not supported");
  const graph = proto.graph;
  if (graph === undefined) throw new Error("the model holds no graph");
  if (graph.sparseInitializer.length > 0) throw new Error("sparse initializers are not supported");
  for (const node of graph.node) refuseUnknown(node);

  const initializers = new Map(graph.initializer.map((each) => [each.name, decodeTensor(each)]));
  const inputs = new Map(graph.input.map((each) => [each.name, declarationOf(each)]));
  const producers = producersOf(graph, [...initializers.keys(), ...inputs.keys()]);
  const inputNames = [...inputs.keys()].filter((name) => !initializers.has(name));
  const outputNames = graph.output.map((each) => each.name);

  return {
    inputNames,
    outputNames,
    run(feeds, outputs = outputNames) {
      const values = new Map(initializers);
      for (const [name, feed] of Object.entries(feeds)) {
        const declared = inputs.get(name);
        if (!declared) throw new Error(`"${name}" is not an input: ${inputNames.join(", ")} are`);
        values.set(name, readFeed(name, feed, declared));
      }
      const needed = neededNodes(producers, outputs, (name) => values.has(name));
      for (const node of graph.node) {
        if (needed.has(node)) evaluate(node, values);
      }
      return Object.fromEntries(
        outputs.map((name) => {
          const { dims, data } = values.get(name)!;
          return [name, { dims: [...dims], data: Float64Array.from(data) }];
        }),
      );
    },
  };
}

interface Declaration {
  readonly kind: Kind;
  /** Expected dimensions; undefined where any length goes, altogether undefined where any rank does. */
  readonly dims: readonly (number | undefined)[] | undefined;
}

function declarationOf(info: ValueInfoProto): Declaration {
  const type = info.type?.value;
  if (type?.case !== "tensorType") throw new Error(`input "${info.name}" is not a tensor`);
  const dims = type.value.shape?.dim.map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : undefined,
  );
  return { kind: kindOf(type.value.elemType), dims };
}

function readFeed(name: string, feed: ReferenceFeed, declared: Declaration): ReferenceTensor {
  const { dims } = declared;
  if (
    dims &&
    (dims.length !== feed.dims.length ||
      dims.some((dim, axis) => dim !== undefined && dim !== feed.dims[axis]))
  ) {
    throw new Error(
      `"${name}" must have dimensions [${dims.map((dim) => dim ?? "?")}], found [${feed.dims}]`,
    );
  }
  // A copy, so that nothing done to the feed later can change a result.
  const data = feed.data instanceof BigInt64Array ? Array.from(feed.data, Number) : Array.from(feed.data);
  if (declared.kind !== "float" && data.some((value) => !Number.isInteger(value))) {
    throw new Error(`"${name}" must hold whole numbers`);
  }
  if (declared.kind === "bool" && data.some((value) => value !== 0 && value !== 1)) {
    throw new Error(`"${name}" must hold 0 and 1 only`);
  }
  return tensor(declared.kind, feed.dims, data);
}

function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function refuseUnknown(node: NodeProto): void {
  if (!isDefaultDomain(node.domain) || !Object.hasOwn(operators, node.opType)) {
    const name = isDefaultDomain(node.domain) ? node.opType : `${node.domain}.${node.opType}`;
    throw new Error(`unknown operator ${name} (node "${node.name}")`);
  }
}

/** Which node makes a value; throws when two things claim one name, or a node uses a value before it is made. */
function producersOf(graph: GraphProto, given: readonly string[]): Map<string, NodeProto> {
  const producers = new Map<string, NodeProto>();
  const known = new Set(given);
  for (const node of graph.node) {
    for (const name of node.input) {
      if (name !== "" && !known.has(name)) {
        throw new Error(`${describe(node)}: value "${name}" does not exist at this point`);
      }
    }
    for (const name of node.output) {
      if (name === "") continue;
      if (known.has(name)) throw new Error(`${describe(node)}: value "${name}" exists already`);
      known.add(name);
      producers.set(name, node);
    }
  }
  for (const { name } of graph.output) {
    if (!known.has(name)) throw new Error(`nothing makes output "${name}"`);
  }
  return producers;
}

function neededNodes(
  producers: ReadonlyMap<string, NodeProto>,
  outputs: readonly string[],
  isGiven: (name: string) => boolean,
): Set<NodeProto> {
  const needed = new Set<NodeProto>();
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === "" || isGiven(name)) continue;
    const node = producers.get(name);
    if (!node) throw new Error(`"${name}" is neither fed nor made by the model`);
    if (needed.has(node)) continue;
    needed.add(node);
    open.push(...node.input);
  }
  return needed;
}

function evaluate(node: NodeProto, values: Map<string, ReferenceTensor>): void {
  try {
    const { arity, evaluate: apply } = operators[node.opType]!;
    const [fewest, most] = arity;
    if (node.input.length < fewest || node.input.length > most) {
      throw new Error(`takes ${fewest} to ${most} inputs, found ${node.input.length}`);
    }
    const attributes = new Attributes(node.attribute);
    const inputs = node.input.map((name) => (name === "" ? undefined : values.get(name)!));
    const results = apply({ inputs, attributes, outputCount: node.output.length });
    attributes.refuseUnread();
    for (const [index, name] of node.output.entries()) {
      const result = results[index];
      if (name === "") continue;
      if (!result) throw new Error(`output ${index} ("${name}") is not supported`);
      values.set(name, result);
    }
  } catch (error) {
    throw new Error(`${describe(node)}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function describe(node: NodeProto): string {
  return `${node.opType} (node "${node.name}" making ${node.output.map((name) => `"${name}"`).join(", ")})`;
}
