/**
 * Any ONNX Runtime with the JavaScript API (`onnxruntime-node`, `onnxruntime-web`) as an engine. The runtime is a
 * parameter, so this file runs wherever one of them does.
 */
import { elementCount } from "../dimension.js";
import {
  type Device,
  type Engine,
  feedOf,
  type Session,
  type SessionOptions,
  type Tensor,
  type TensorData,
} from "../engine.js";
import { decoded, encoded, type OnnxModel } from "../onnx-model.js";
import { mayGainFromBlocks } from "./blocked-model.js";
import { openInBlocks } from "./blocked-session.js";
import { findChannelBlock } from "./channel-block.js";
import { deviceFault } from "./device-fault.js";
import { openForEachSize } from "./open-size-session.js";

/** The part of ONNX Runtime's JavaScript API that is used. */
export interface OrtRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: Record<string, unknown>): Promise<OrtSession>;
  };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
}

interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: never, fetches: never): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** How one build of ONNX Runtime differs from another. */
export interface RuntimeTraits {
  /** What to call it in messages. */
  readonly name: string;
  /** Its execution provider for each device. */
  readonly providers: Readonly<Record<Device, string>>;
  /** Whether it writes results into the tensors given as fetches, or leaves those as they were. */
  readonly writesFetches: boolean;
  /** Whether its CPU provider may have convolutions on blocked channels; whether it does is tried out. */
  readonly mayBlockChannels?: boolean;
}

/**
 * @param ort the runtime's module
 * @param defaults of every session, where `open` does not say otherwise
 */
export function ortEngine(ort: OrtRuntime, traits: RuntimeTraits, defaults: SessionOptions = {}): Engine {
  let found: Promise<number | undefined> | undefined;
  const blockOf = async (device: Device): Promise<number | undefined> => {
    if (device !== "cpu" || traits.mayBlockChannels !== true) return undefined;
    found ??= findChannelBlock(engine);
    return found;
  };
  const engine: Engine = {
    name: traits.name,
    device: defaults.device,
    async open(model: OnnxModel, options: SessionOptions = {}): Promise<Session> {
      const threads = options.threads ?? defaults.threads;
      const device = options.device ?? defaults.device ?? "cpu";
      const create = async (written: OnnxModel): Promise<Session> => {
        try {
          const session = await ort.InferenceSession.create(encoded(written), {
            ...sessionOptions,
            executionProviders: [traits.providers[device]],
            ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
            ...(device === "cpu" ? {} : deviceOptions),
          });
          return new RuntimeSession(session, { ort, device, writesFetches: traits.writesFetches });
        } catch (error) {
          throw deviceFault(device, error);
        }
      };
      const written = device === "cpu" && traits.mayBlockChannels !== true ? undefined : decoded(model);
      if (written === undefined) return create(model);
      if (device !== "cpu") return openForEachSize(written, create);
      const width = mayGainFromBlocks(written) ? await blockOf(device) : undefined;
      return width === undefined ? create(model) : openInBlocks(written, width, create);
    },
    channelBlock: async (options = {}) => blockOf(options.device ?? defaults.device ?? "cpu"),
  };
  return engine;
}

const sessionOptions = {
  graphOptimizationLevel: "all",
  // Measured: 40 % less memory and no slower (a memory pattern keeps one block for the whole step).
  enableMemPattern: false,
  // Every folded constant is a warning otherwise; and it prints its own errors too, of which the one that is thrown says the same.
  logSeverityLevel: 4,
};

const deviceOptions = {
  // ONNX Runtime would compute what a provider lacks on the CPU without a word.
  extra: { session: { disable_cpu_ep_fallback: "1" } },
};

class RuntimeSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly session: OrtSession,
    private readonly runtime: Pick<RuntimeTraits, "writesFetches"> & { ort: OrtRuntime; device: Device },
  ) {
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
    into: Readonly<Record<string, Tensor>> = {},
  ): Promise<Record<string, Tensor>> {
    const given: Record<string, OrtTensor> = {};
    for (const name of this.inputNames) given[name] = this.toRuntime(feedOf(feeds, name));
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of outputs) {
      const target = into[name];
      fetches[name] = target !== undefined && this.runtime.writesFetches ? this.toRuntime(target) : null;
    }
    const results = await this.session.run(given as never, fetches as never).catch((error) => {
      throw deviceFault(this.runtime.device, error);
    });
    const read: Record<string, Tensor> = {};
    for (const name of outputs) {
      const result = results[name];
      if (result === undefined) throw new Error(`the model has no output ${name}`);
      const tensor = fromRuntime(result);
      const target = into[name];
      read[name] = target === undefined ? tensor : this.written(name, tensor, target);
    }
    return read;
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  /** The target, holding the result. */
  private written(name: string, result: Tensor, target: Tensor): Tensor {
    if (result.type !== target.type || elementCount(result.dims) !== target.data.length) {
      throw new Error(
        `the memory given for ${name} is ${target.type} [${target.dims.join(", ")}], the result ${result.type} [${result.dims.join(", ")}]`,
      );
    }
    if (!this.runtime.writesFetches) target.data.set(result.data as never);
    return { ...target, dims: result.dims };
  }

  private toRuntime(tensor: Tensor): OrtTensor {
    return new this.runtime.ort.Tensor(tensor.type as never, tensor.data as never, tensor.dims);
  }
}

const fromRuntime = ({ type, dims, data }: OrtTensor): Tensor => ({
  type: type as Tensor["type"],
  dims,
  data: data as TensorData,
});
