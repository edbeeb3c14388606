/**
 * Any ONNX Runtime with the JavaScript API (`onnxruntime-node`, `onnxruntime-web`) as an engine. The runtime is a
 * parameter, so this file runs wherever one of them does.
 */
import type { Engine, Session, SessionOptions, Tensor, TensorData } from "../engine.js";

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

/**
 * @param ort the runtime's module
 * @param name what to call it in messages
 * @param defaults session options of the runtime that override the ones below (for example its execution providers)
 */
export function ortEngine(ort: OrtRuntime, name: string, defaults: Record<string, unknown> = {}): Engine {
  return {
    name,
    async open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
      const session = await ort.InferenceSession.create(model, {
        graphOptimizationLevel: "all",
        // Measured: 40 % less memory and no slower (a memory pattern keeps one block for the whole step).
        enableMemPattern: false,
        // Every folded constant is a warning otherwise.
        logSeverityLevel: 3,
        ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
        ...defaults,
      });
      return new RuntimeSession(ort, session);
    },
  };
}

class RuntimeSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly ort: OrtRuntime,
    private readonly session: OrtSession,
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
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (feed === undefined) throw new Error(`no tensor was given for the model's input ${name}`);
      given[name] = this.toRuntime(feed);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of outputs) {
      const target = into[name];
      fetches[name] = target === undefined ? null : this.toRuntime(target);
    }
    const results = await this.session.run(given as never, fetches as never);
    const read: Record<string, Tensor> = {};
    for (const name of outputs) {
      const result = results[name];
      if (result === undefined) throw new Error(`the model has no output ${name}`);
      read[name] = {
        type: result.type as Tensor["type"],
        dims: result.dims,
        data: result.data as TensorData,
      };
    }
    return read;
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private toRuntime(tensor: Tensor): OrtTensor {
    return new this.ort.Tensor(tensor.type as never, tensor.data as never, tensor.dims);
  }
}
