/**
 * Sizes that a model states, before anybody takes memory for them: of its constants, and of what its operators would make of
 * constants. What an operator makes of computed sizes is only known when it runs.
 */
import { type GraphProto, type TensorProto, TensorProto_DataType as Type } from "onnx-buf";
import { MAX_VOXELS } from "../../volume/index.js";
import { refused, shown } from "./refusal.js";
import { bytesOfTensor, elementsOf } from "./tensors.js";

/** Operators whose results are as large as one of these operands says, or that many times as large as another. */
const SIZED_BY: ReadonlyMap<string, readonly number[]> = new Map([
  ["ConstantOfShape", [0]],
  ["Expand", [1]],
  ["Tile", [1]],
  ["Upsample", [1]],
  // The scales were the second operand before opset 11.
  ["Resize", [1, 2, 3]],
  ["Range", [1]],
  ["OneHot", [1]],
]);
/** Attributes that are lengths in voxels. */
const LENGTHS = new Set([
  "pads",
  "kernel_shape",
  "strides",
  "dilations",
  "output_padding",
  "output_shape",
  "shape",
]);
/** No axis of an image is longer. */
const MOST_LENGTH = 2 ** 16;
/** Numbers of a constant that are looked at where it states sizes. */
const MOST_AXES = 64;

const DAMAGED = "The file is damaged: export the network again.";

/** @throws UserError where a constant is not as long as its sizes say, or larger than any image */
export function checkConstants(constants: readonly TensorProto[], name: string): void {
  for (const tensor of constants) {
    const elements = elementsOf(tensor);
    const bytes = bytesOfTensor(tensor);
    if (elements <= MAX_VOXELS && (bytes === undefined || bytes.stored === bytes.wanted)) continue;
    throw refused(
      name,
      `the constant ${shown(tensor.name)} of ${elements} numbers with ${bytes?.stored ?? 0} bytes`,
      bytes === undefined
        ? `at most ${MAX_VOXELS} numbers`
        : `${bytes.wanted} bytes, of at most ${MAX_VOXELS} numbers`,
      DAMAGED,
    );
  }
}

/** @throws UserError where an operator would make more numbers than any image has, or pads by more than any axis */
export function checkSizes({ initializer, node }: GraphProto, name: string): void {
  const constants = new Map(initializer.map((tensor) => [tensor.name, () => numbersOf(tensor)]));
  for (const { opType, input, attribute, output } of node) {
    const long = attribute.find(
      ({ name: of, ints }) => LENGTHS.has(of) && ints.some((length) => !isLength(Number(length))),
    );
    const padding = opType === "Pad" ? constants.get(input[1] ?? "")?.() : undefined;
    if (long !== undefined || padding?.some((length) => !isLength(length))) {
      throw refused(
        name,
        `the operator ${shown(opType)} with ${long?.name ?? "pads"} beyond ${MOST_LENGTH}`,
        "lengths that images have",
        DAMAGED,
      );
    }
    for (const operand of SIZED_BY.get(opType) ?? []) {
      const sizes = constants.get(input[operand] ?? "")?.() ?? [];
      const product = sizes.reduce((total, size) => total * Math.max(1, Math.abs(size)), 1);
      if (product <= MAX_VOXELS) continue;
      throw refused(
        name,
        `the operator ${opType}, which would make ${product} numbers`,
        `at most ${MAX_VOXELS}`,
        DAMAGED,
      );
    }
    if (opType !== "Constant") continue;
    for (const { name: of, t, ints, i } of attribute) {
      const result = output[0] ?? "";
      if (of === "value" && t !== undefined) constants.set(result, () => numbersOf(t));
      if (of === "value_ints") constants.set(result, () => ints.slice(0, MOST_AXES).map(Number));
      if (of === "value_int") constants.set(result, () => [Number(i)]);
    }
  }
}

const isLength = (length: number): boolean => Math.abs(length) <= MOST_LENGTH;

/** The first numbers of a constant; none where its type is one that states no sizes. */
export function numbersOf({ dataType, int64Data, int32Data, floatData, rawData }: TensorProto): number[] {
  const listed = [int64Data, int32Data, floatData].find((list) => list.length > 0);
  if (listed !== undefined) return Array.from(listed.slice(0, MOST_AXES), Number);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const raw = RAW.get(dataType);
  if (raw === undefined) return [];
  const length = Math.min(MOST_AXES, Math.floor(rawData.byteLength / raw.bytes));
  return Array.from({ length }, (_, at) => raw.read(view, raw.bytes * at));
}

interface RawNumber {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

const RAW: ReadonlyMap<number, RawNumber> = new Map<number, RawNumber>([
  [Type.INT64, { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  [Type.INT32, { bytes: 4, read: (view, at) => view.getInt32(at, true) }],
  [Type.FLOAT, { bytes: 4, read: (view, at) => view.getFloat32(at, true) }],
]);
