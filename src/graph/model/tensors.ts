/** Constants of a model: how many numbers they say they hold, and how many bytes they have. */
import { type TensorProto, TensorProto_DataType as Type } from "onnx-buf";

/** Bits of one number, by type; types that are missing (text) are not measured. */
const BITS: ReadonlyMap<number, number> = new Map<number, number>([
  [Type.FLOAT, 32],
  [Type.UINT8, 8],
  [Type.INT8, 8],
  [Type.UINT16, 16],
  [Type.INT16, 16],
  [Type.INT32, 32],
  [Type.INT64, 64],
  [Type.BOOL, 8],
  [Type.FLOAT16, 16],
  [Type.DOUBLE, 64],
  [Type.UINT32, 32],
  [Type.UINT64, 64],
  [Type.COMPLEX64, 64],
  [Type.COMPLEX128, 128],
  [Type.BFLOAT16, 16],
]);

/** Numbers that a constant says it holds; infinite for sizes below 0. */
export const elementsOf = ({ dims }: TensorProto): number =>
  dims.reduce((product, size) => (size < 0n ? Number.POSITIVE_INFINITY : product * Number(size)), 1);

/** Bytes that are there and bytes that there should be; undefined where the numbers are stored one by one or as text. */
export function bytesOfTensor(tensor: TensorProto): { stored: number; wanted: number } | undefined {
  const bits = BITS.get(tensor.dataType);
  if (bits === undefined) return undefined;
  const wanted = Math.ceil((elementsOf(tensor) * bits) / 8);
  const { floatData, int32Data, int64Data, doubleData, uint64Data, rawData } = tensor;
  const listed = [floatData, int32Data, int64Data, doubleData, uint64Data].find((list) => list.length > 0);
  if (listed === undefined) return { stored: rawData.length, wanted };
  // Numbers one by one: complex ones are pairs.
  const each = tensor.dataType === Type.COMPLEX64 || tensor.dataType === Type.COMPLEX128 ? 2 : 1;
  return { stored: Math.ceil(((listed.length / each) * bits) / 8), wanted };
}
