/** A model on its way to a runtime: decoded at most once, whoever changes it before. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";

/** An ONNX model as bytes, or decoded. Nobody changes either: weights of a decoded one lie in the bytes that it came from. */
export type OnnxModel = Uint8Array | ModelProto;

export const encoded = (model: OnnxModel): Uint8Array =>
  model instanceof Uint8Array ? model : toBinary(ModelProtoSchema, model);

/** Undefined where the bytes are no model: the runtime says what is wrong with them. */
export function decoded(model: OnnxModel): ModelProto | undefined {
  if (!(model instanceof Uint8Array)) return model;
  try {
    return fromBinary(ModelProtoSchema, model);
  } catch {
    return undefined;
  }
}
