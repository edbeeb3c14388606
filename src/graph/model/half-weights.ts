/** Weights kept in half precision: a model of half the size that computes in single precision all the same. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Float16Array } from "@petamoriken/float16";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
} from "onnx-buf";
import { OnnxEmitter } from "../onnx-emitter.js";
import { castTo, freePrefix } from "./rewire.js";

const { FLOAT, FLOAT16 } = TensorProto_DataType;

/** The largest number of half precision (IEEE 754 binary16). */
const LARGEST = 65_504;

/**
 * The same model with its matrices and kernels stored as float16, each turned back to float32 by a Cast node, so that any
 * engine runs it. Scales, shifts and biases (one axis) are few and stay as they are, and so do numbers beyond the range.
 *
 * @param model bytes of an ONNX model
 */
export function withHalfWeights(model: Uint8Array): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, model);
  const graph = proto.graph as GraphProto;
  const prefix = freePrefix({ graph }, "half");
  const emit = new OnnxEmitter(prefix);
  const initializer = graph.initializer.map((tensor): TensorProto => {
    const values = tensor.dataType === FLOAT && isMatrix(tensor) ? floatsOf(tensor) : undefined;
    if (values === undefined || values.some((value) => !(Math.abs(value) <= LARGEST))) return tensor;
    const name = `${prefix}${tensor.name}`;
    castTo(emit, { from: name, to: FLOAT, into: tensor.name });
    return { ...tensor, name, dataType: FLOAT16, rawData: bytesOf(new Float16Array(values)), floatData: [] };
  });
  return encoded(proto, { ...graph, initializer, node: [...emit.nodes, ...graph.node] });
}

/**
 * The model with every such weight as a constant in single precision again. Engines and whatever rewrites models then see
 * an ordinary network; its numbers are the rounded ones.
 *
 * @param model returned as it is where there is nothing to do, or where it is no model (the runtime says so when it opens it)
 */
export function withSingleWeights(model: Uint8Array): Uint8Array {
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, model);
  } catch {
    return model;
  }
  const { graph } = proto;
  if (graph === undefined) return model;
  const halves = new Map(
    graph.initializer.filter(({ dataType }) => dataType === FLOAT16).map((tensor) => [tensor.name, tensor]),
  );
  const outputs = new Set(graph.output.map(({ name }) => name));
  const singles = new Map<NodeProto, TensorProto>();
  for (const node of graph.node) {
    const stored = halves.get(node.input[0] ?? "");
    const [name] = node.output;
    if (stored === undefined || name === undefined || outputs.has(name) || !isCastToSingle(node)) continue;
    const values = halvesOf(stored);
    if (values === undefined) continue;
    const rawData = bytesOf(singlesOf(values));
    singles.set(node, { ...stored, name, dataType: FLOAT, rawData });
  }
  if (singles.size === 0) return model;
  const node = graph.node.filter((one) => !singles.has(one));
  const used = new Set([...node.flatMap(({ input }) => input), ...outputs]);
  const kept = graph.initializer.filter(({ name }) => !halves.has(name) || used.has(name));
  return encoded(proto, { ...graph, node, initializer: [...kept, ...singles.values()] });
}

const isMatrix = ({ dims }: TensorProto): boolean => dims.filter((size) => size !== 1n).length > 1;

const isCastToSingle = ({ opType, domain, attribute }: NodeProto): boolean =>
  opType === "Cast" && domain === "" && attribute.find(({ name }) => name === "to")?.i === BigInt(FLOAT);

function floatsOf({ floatData, rawData }: TensorProto): Float32Array | undefined {
  if (floatData.length > 0) return Float32Array.from(floatData);
  return rawData.length % 4 === 0 ? new Float32Array(new Uint8Array(rawData).buffer) : undefined;
}

/** Undefined where the numbers are stored one by one, which nobody does whose model is to be small. */
const halvesOf = ({ rawData }: TensorProto): Uint16Array | undefined =>
  rawData.length > 0 && rawData.length % 2 === 0
    ? new Uint16Array(new Uint8Array(rawData).buffer)
    : undefined;

/**
 * Half precision, as bits, in single precision. `Float16Array` takes fifteen times as long where it is not part of the engine, a
 * tenth of a second for a network of 350 thousand weights, and whoever opens a bundle waits for it.
 */
function singlesOf(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  const singles = new Float32Array(bits.buffer);
  for (let at = 0; at < halves.length; at++) {
    const half = halves[at] as number;
    const finite = (half & 0x7c00) !== 0x7c00;
    bits[at] = ((half & 0x7fff) << 13) | (finite ? 0 : 0x7f800000);
    // The exponents of the two count from -15 and from -127; numbers below the normal ones come out right as well.
    if (finite) singles[at] = (singles[at] as number) * 2 ** 112;
    bits[at] = (bits[at] as number) | ((half & 0x8000) << 16);
  }
  return singles;
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer);

const encoded = (proto: ModelProto, graph: GraphProto): Uint8Array =>
  toBinary(ModelProtoSchema, { ...proto, graph });
