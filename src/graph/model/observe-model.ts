/** Runs a model once on a small window, and keeps the sizes of its tensors alone. */
import { TensorProto_DataType } from "onnx-buf";
import { UserError } from "../../base/index.js";
import type { Engine, Tensor } from "../engine.js";
import { OnnxEmitter } from "../onnx-emitter.js";
import { valueInfo } from "../value-info.js";
import type { ImagePort } from "./describe-model.js";
import type { ReadModel } from "./read-model.js";
import { refused } from "./refusal.js";
import { castTo, freePrefix, rewired } from "./rewire.js";

/** Sizes of every tensor that was asked for, with what went in. */
export interface Observed {
  /** The input's sizes in this run. */
  readonly input: readonly number[];
  readonly dims: ReadonlyMap<string, readonly number[]>;
}

/** Lengths of windows that are tried where sizes are open, in this order: many networks halve five times or less. */
const LENGTHS = [64, 32, 96, 128, 48, 160];

/**
 * @param names tensors whose sizes are wanted
 * @param window lengths of the input's spatial axes where they are open; default: some that usually do
 * @throws UserError where the runtime cannot open the model or run it on any window
 */
export async function observeModel(
  engine: Engine,
  model: ReadModel,
  input: ImagePort,
  { names, channels, window }: { names: readonly string[]; channels?: number; window?: readonly number[] },
): Promise<Observed> {
  const prefix = freePrefix(model, "sureseg/sizes");
  const session = await engine.open(withSizes(model, input, { names, prefix })).catch((cause) => {
    throw unusable(model, "a model that ONNX Runtime cannot open", cause);
  });
  const tries =
    window === undefined ? LENGTHS.map((length) => input.dims.slice(2).map(() => length)) : [window];
  try {
    let failure: unknown;
    for (const lengths of tries) {
      const dims = input.dims.map(
        (size, axis) => size ?? (axis === 0 ? 1 : axis === 1 ? (channels ?? 1) : lengths[axis - 2]!),
      );
      const length = dims.reduce((product, size) => product * size, 1);
      const feed: Tensor = { type: "float32", dims, data: noise(length) };
      try {
        const results = await session.run({ [`${prefix}image`]: feed });
        const sizes = names.map(
          (name, at) => [name, Array.from(results[`${prefix}${at}`]!.data, Number)] as const,
        );
        return { input: dims, dims: new Map(sizes) };
      } catch (error) {
        failure = error;
      }
      // Where nothing is open there is nothing else to try.
      if (!input.dims.slice(2).includes(undefined)) break;
    }
    throw unusable(model, "a model that does not run on a window of noise", failure);
  } finally {
    await session.release();
  }
}

const unusable = ({ name }: ReadModel, found: string, cause: unknown): UserError => {
  if (cause instanceof UserError) return cause;
  const said = cause instanceof Error ? cause.message.split("\n")[0]!.slice(0, 300) : "";
  return refused(
    name,
    found,
    "one that does",
    `ONNX Runtime says: ${said.replace(/[^\x20-\x7e]/g, "?")}`,
    cause,
  );
};

/** Reproducible numbers around 0. */
export const noise = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => ((((at + 1) * 2654435761) >>> 8) % 4096) / 1024 - 2);

/** The model whose outputs are the sizes of tensors. */
function withSizes(
  model: ReadModel,
  port: ImagePort,
  { names, prefix }: { readonly names: readonly string[]; readonly prefix: string },
): Uint8Array {
  const before = new OnnxEmitter(`${prefix}in/`);
  const replaces = castTo(before, { from: `${prefix}image`, to: port.type, into: port.name });
  const after = new OnnxEmitter(`${prefix}of/`);
  const outputs = names.map((name, at) => {
    after.node("Shape", [name], {}, `${prefix}${at}`);
    return valueInfo(`${prefix}${at}`, TensorProto_DataType.INT64, ["rank"]);
  });
  const input = valueInfo(
    `${prefix}image`,
    TensorProto_DataType.FLOAT,
    port.dims.map((size, axis) => size ?? `d${axis}`),
  );
  return rewired(model, { replaces, input, before, after, outputs });
}
