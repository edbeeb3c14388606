/** Operators that make, name or convert values. */

import { TensorProto_DataType as DataType } from "onnx-buf";
import { kindOf } from "../decode.js";
import { input, type NodeCall, type OperatorTable, single } from "../operator.js";
import { integersOf, type ReferenceTensor, requireExact, scalarOf, sizeOf, tensor } from "../tensor.js";

function constant({ attributes }: NodeCall): ReferenceTensor {
  const [float, integer] = [attributes.float("value_float"), attributes.integer("value_int")];
  const [floats, integers] = [attributes.floats("value_floats"), attributes.integers("value_ints")];
  const given = [
    attributes.tensor("value"),
    float === undefined ? undefined : tensor("float", [], [float]),
    integer === undefined ? undefined : tensor("integer", [], [integer]),
    floats && tensor("float", [floats.length], floats),
    integers && tensor("integer", [integers.length], integers),
  ].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new Error(`needs exactly one supported value attribute, found ${given.length}`);
  return given[0]!;
}

function constantOfShape(call: NodeCall): ReferenceTensor {
  const value = call.attributes.tensor("value") ?? tensor("float", [1], [0]);
  const dims = integersOf(input(call, 0), "shape");
  return tensor(value.kind, dims, new Float64Array(sizeOf(dims)).fill(scalarOf(value, "value")));
}

function shape(call: NodeCall): ReferenceTensor {
  const { dims } = input(call, 0);
  const start = call.attributes.integer("start");
  const end = call.attributes.integer("end");
  const part = dims.slice(start, end);
  return tensor("integer", [part.length], part);
}

const ranges: Readonly<Record<number, readonly [number, number]>> = {
  [DataType.UINT8]: [0, 255],
  [DataType.INT32]: [-(2 ** 31), 2 ** 31 - 1],
  [DataType.INT64]: [-(2 ** 63), 2 ** 63],
};

/** Float to whole numbers drops the fraction; what the target cannot hold is refused, since engines differ there. */
function cast(call: NodeCall): ReferenceTensor {
  const target = call.attributes.integer("to");
  // Only conversions to eight-bit floats look at `saturate`, and those are refused by `kindOf`.
  call.attributes.integer("saturate");
  if (target === undefined) throw new Error(`attribute "to" is missing`);
  const source = input(call, 0);
  const kind = kindOf(target);
  if (kind === "float") return tensor(kind, source.dims, source.data);
  if (kind === "bool")
    return tensor(
      kind,
      source.dims,
      source.data.map((x) => (x === 0 ? 0 : 1)),
    );
  const [low, high] = ranges[target]!;
  const convert = (x: number) => {
    const whole = requireExact(Math.trunc(x));
    if (whole < low || whole > high) throw new Error(`${x} does not fit into ${DataType[target]}`);
    return whole;
  };
  return tensor(kind, source.dims, source.data.map(convert));
}

export const constants: OperatorTable = {
  Constant: single(0, 0, constant),
  ConstantOfShape: single(1, 1, constantOfShape),
  Identity: single(1, 1, (call) => input(call, 0)),
  Shape: single(1, 1, shape),
  Cast: single(1, 1, cast),
};
