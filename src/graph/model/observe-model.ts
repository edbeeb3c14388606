/** Runs a model once on a small window, and keeps the sizes of its tensors alone. */
import { TensorProto_DataType } from "onnx-buf";
import { UserError } from "../../base/index.js";
import type { Engine, Tensor } from "../engine.js";
import { OnnxEmitter } from "../onnx-emitter.js";
import { type ImagePort, portText } from "./describe-model.js";
import { type ReadModel, refused } from "./read-model.js";
import { castTo, rewired, valueInfo } from "./rewire.js";

/** Sizes of every tensor that was asked for, with what went in. */
export interface Observed {
  /** The input's sizes in this run. */
  readonly input: readonly number[];
  readonly dims: ReadonlyMap<string, readonly number[]>;
}

/** Lengths of windows that are tried where sizes are open, in this order: many networks halve five times or less. */
const LENGTHS = [64, 32, 96, 128, 48, 160];
/** Most voxels of a window that the file fixes. */
const MOST_VOXELS = 2 ** 27;

const PREFIX = "sureseg/sizes/";
const INPUT = `${PREFIX}image`;

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
  const session = await engine.open(withSizes(model, input, names)).catch((cause) => {
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
      const voxels = dims.reduce((product, size) => product * size, 1);
      if (voxels > MOST_VOXELS) {
        throw refused(
          model.name,
          `the input ${portText(input)}`,
          `at most ${MOST_VOXELS} numbers`,
          "Export the network for smaller windows.",
        );
      }
      const feed: Tensor = { type: "float32", dims, data: Float32Array.from({ length: voxels }, noise) };
      try {
        const results = await session.run({ [INPUT]: feed });
        const sizes = names.map(
          (name, at) => [name, Array.from(results[`${PREFIX}${at}`]!.data, Number)] as const,
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

/** Reproducible, around 0, for any voxel. */
const noise = (_: unknown, at: number): number => ((((at + 1) * 2654435761) >>> 8) % 4096) / 1024 - 2;

/** The model whose outputs are the sizes of tensors. */
function withSizes(model: ReadModel, port: ImagePort, names: readonly string[]): Uint8Array {
  const before = new OnnxEmitter(`${PREFIX}in/`);
  const image = castTo(before, { from: INPUT, to: port.type, into: port.name });
  const after = new OnnxEmitter(PREFIX);
  const outputs = names.map((name, at) => {
    after.node("Shape", [name], {}, `${PREFIX}${at}`);
    return valueInfo(`${PREFIX}${at}`, TensorProto_DataType.INT64, ["rank"]);
  });
  const input = valueInfo(
    INPUT,
    TensorProto_DataType.FLOAT,
    port.dims.map((size, axis) => size ?? `d${axis}`),
  );
  return rewired(model, { replaces: image, input, before, after, outputs });
}
