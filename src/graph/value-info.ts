/** What an ONNX graph says of one of its inputs or outputs. */
import { create } from "@bufbuild/protobuf";
import {
  type TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";

/** @param dims numbers, or names of what is open */
export const valueInfo = (
  name: string,
  type: TensorProto_DataType,
  dims: readonly (number | string)[],
): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: create(TypeProto_TensorSchema, {
          elemType: type,
          shape: create(TensorShapeProtoSchema, { dim: dims.map(dimension) }),
        }),
      },
    }),
  });

const dimension = (size: number | string) =>
  create(TensorShapeProto_DimensionSchema, {
    value:
      typeof size === "number"
        ? { case: "dimValue", value: BigInt(size) }
        : { case: "dimParam", value: size },
  });
