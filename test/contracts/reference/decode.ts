/** Reads ONNX protocol buffers into what the reference evaluator works on: tensors and attributes. */

import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProto,
} from "onnx-buf";
import { type Kind, type ReferenceTensor, sizeOf, tensor } from "./tensor.js";

/** The kind of array that holds elements of an ONNX data type; throws for the types the evaluator does not know. */
export function kindOf(dataType: number): Kind {
  switch (dataType) {
    case DataType.FLOAT:
    case DataType.DOUBLE:
      return "float";
    case DataType.INT64:
    case DataType.INT32:
    case DataType.UINT8:
      return "integer";
    case DataType.BOOL:
      return "bool";
    default:
      throw new Error(`element type ${DataType[dataType] ?? dataType} is not supported`);
  }
}

/** Reads an initializer or a tensor attribute. */
export function decodeTensor(proto: TensorProto): ReferenceTensor {
  if (proto.dataLocation === DataLocation.EXTERNAL) {
    throw new Error(`tensor "${proto.name}" is stored outside of the model, which is not supported`);
  }
  const kind = kindOf(proto.dataType);
  const dims = proto.dims.map(Number);
  return tensor(kind, dims, proto.rawData.length > 0 ? decodeRaw(proto, sizeOf(dims)) : decodeFields(proto));
}

function decodeFields(proto: TensorProto): number[] {
  switch (proto.dataType) {
    case DataType.FLOAT:
      return proto.floatData;
    case DataType.DOUBLE:
      return proto.doubleData;
    case DataType.INT64:
      return proto.int64Data.map(Number);
    default:
      return proto.int32Data;
  }
}

function decodeRaw(proto: TensorProto, count: number): Float64Array {
  const bytes = proto.rawData;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, read] = rawReader(proto.dataType, view);
  if (bytes.length !== width * count) {
    throw new Error(`tensor "${proto.name}" needs ${width * count} bytes, found ${bytes.length}`);
  }
  return Float64Array.from({ length: count }, (_, index) => read(index * width));
}

function rawReader(dataType: number, view: DataView): [number, (offset: number) => number] {
  switch (dataType) {
    case DataType.FLOAT:
      return [4, (offset) => view.getFloat32(offset, true)];
    case DataType.DOUBLE:
      return [8, (offset) => view.getFloat64(offset, true)];
    case DataType.INT64:
      return [8, (offset) => Number(view.getBigInt64(offset, true))];
    case DataType.INT32:
      return [4, (offset) => view.getInt32(offset, true)];
    default:
      return [1, (offset) => view.getUint8(offset)];
  }
}

/**
 * The attributes of one node. An operator reads every attribute it knows, with its default, before it does anything
 * else; what nobody read is unknown, and `refuseUnread` says so.
 */
export class Attributes {
  private readonly byName = new Map<string, AttributeProto>();
  private readonly unread = new Set<string>();

  constructor(protos: readonly AttributeProto[]) {
    for (const proto of protos) {
      if (this.byName.has(proto.name)) throw new Error(`attribute "${proto.name}" is given twice`);
      this.byName.set(proto.name, proto);
      this.unread.add(proto.name);
    }
  }

  integer(name: string): number | undefined {
    const proto = this.take(name, AttributeType.INT);
    return proto && Number(proto.i);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.integer(name);
    return value === undefined ? otherwise : value !== 0;
  }

  float(name: string): number | undefined {
    return this.take(name, AttributeType.FLOAT)?.f;
  }

  text(name: string): string | undefined {
    const proto = this.take(name, AttributeType.STRING);
    return proto && new TextDecoder().decode(proto.s);
  }

  integers(name: string): number[] | undefined {
    return this.take(name, AttributeType.INTS)?.ints.map(Number);
  }

  floats(name: string): number[] | undefined {
    return this.take(name, AttributeType.FLOATS)?.floats;
  }

  tensor(name: string): ReferenceTensor | undefined {
    const proto = this.take(name, AttributeType.TENSOR)?.t;
    return proto && decodeTensor(proto);
  }

  /** Reads a text attribute that may only have one of the values known; the first is the default. */
  choice<Choice extends string>(name: string, ...known: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(name) ?? known[0];
    const found = known.find((each) => each === value);
    if (found === undefined) throw new Error(`attribute "${name}" = "${value}" is not supported`);
    return found;
  }

  /** Throws when the node carries an attribute that its operator did not ask for. */
  refuseUnread(): void {
    if (this.unread.size > 0) throw new Error(`unknown attribute "${[...this.unread].join('", "')}"`);
  }

  private take(name: string, type: AttributeType): AttributeProto | undefined {
    const proto = this.byName.get(name);
    if (proto === undefined) return undefined;
    if (proto.type !== type || proto.refAttrName !== "") {
      throw new Error(
        `attribute "${name}" must be of type ${AttributeType[type]}, found ${AttributeType[proto.type]}`,
      );
    }
    this.unread.delete(name);
    return proto;
  }
}
