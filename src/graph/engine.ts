/** What the rest of sureseg knows of an engine that runs ONNX models: open, run, release. */

import type { OnnxModel } from "./onnx-model.js";

export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;
export type ElementType = "float32" | "float64" | "int64" | "int32" | "bool" | "uint8";

/** A dense array with named element type; the last axis runs fastest. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** An opened model. Feeds and results are keyed by the names in the model. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the model once. `outputs` names the results wanted (default: all); what they do not need is not computed.
   * Where `into` holds a tensor for an output, its memory is written and returned instead of new memory; it must have
   * the size of the result.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
  /**
   * Sessions of the same model that compute side by side, each with its share of this one's threads, for runs of which none needs
   * another's result. They are opened when first asked for and released with this one. Absent where nothing is gained.
   */
  sideBySide?(): Promise<readonly Session[]>;
}

/** What a model can run on: the processor, or a graphics card through WebGPU. */
export const devices = ["cpu", "webgpu"] as const;
/** `cpu` is the processor (WebAssembly in browsers), `webgpu` a graphics card. */
export type Device = (typeof devices)[number];

export interface SessionOptions {
  /** Threads inside one operator, on the CPU; default: all cores. */
  readonly threads?: number;
  /** Default `cpu`. Nothing falls back: a model runs on this device as a whole, or not at all. */
  readonly device?: Device;
}

/** The tensor for one of a model's inputs. @throws Error where there is none */
export function feedOf(feeds: Readonly<Record<string, Tensor>>, input: string): Tensor {
  const feed = feeds[input];
  if (feed === undefined) throw new Error(`no tensor was given for the model's input ${input}`);
  return feed;
}

/** A runtime that opens ONNX models. */
export interface Engine {
  readonly name: string;
  /** Where models run unless `open` says otherwise; default the processor. */
  readonly device?: Device;
  /** @throws UserError where the device is missing, or cannot run the model */
  open(model: OnnxModel, options?: SessionOptions): Promise<Session>;
  /**
   * Opens a model in a thread of its own, so that runs of several sessions go side by side. Absent where an engine has no such
   * threads.
   */
  openApart?(model: OnnxModel, options?: SessionOptions): Promise<Session>;
  /** Threads that a session gets where nobody says how many; undefined where the engine does not say. */
  readonly threads?: number;
  /**
   * How many channels lie side by side in the layout of the engine's fast convolutions, on this machine and device;
   * undefined where it has none. A model encoded for one is for this engine on this machine.
   */
  channelBlock?(options?: Pick<SessionOptions, "device">): Promise<number | undefined>;
}
