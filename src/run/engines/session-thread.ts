/** A session in a thread of its own: ONNX Runtime for Node computes in the thread that asks it, which waits meanwhile. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Session, SessionOptions, Tensor } from "../../graph/engine.js";
import { encoded, type OnnxModel } from "../../graph/onnx-model.js";
import { receivedError } from "../../threads/sent-error.js";
import { threadFile } from "../../threads/thread-file.js";
import type { SessionAnswer, SessionRequest, SessionStart } from "./session-messages.js";

interface Waiting {
  resolve(results: Record<string, Tensor>): void;
  reject(error: unknown): void;
}

/** Holds the process while it computes, and not otherwise: whoever forgets to release it may still end. */
export class SessionThread implements Session {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private ended = false;

  private constructor(
    private readonly worker: Worker,
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
  ) {
    worker.on("message", ({ number, ...answer }: SessionAnswer) => {
      const waiting = this.waiting.get(number);
      this.waiting.delete(number);
      if (this.waiting.size === 0) worker.unref();
      if ("results" in answer) waiting?.resolve(answer.results);
      else waiting?.reject(receivedError(answer));
    });
    // Whoever listens for messages is held up by them, until it says otherwise.
    worker.unref();
    worker.on("error", (cause) => this.fail(cause));
    worker.on("exit", (code) =>
      this.fail(new Error(`a thread that computes ended early, with status ${code}`)),
    );
  }

  /** @throws what opening the model throws */
  static async open(model: OnnxModel, options: SessionOptions): Promise<SessionThread> {
    const workerData: SessionStart = { model: encoded(model), options };
    // Options that Node was started with may suit the program that asks, and no file: `--input-type`, say.
    const worker = new Worker(threadFile(import.meta.url, "session-worker.js"), { workerData, execArgv: [] });
    const [{ inputNames, outputNames }] = await once(worker, "message");
    return new SessionThread(worker, inputNames, outputNames);
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
    into: Readonly<Record<string, Tensor>> = {},
  ): Promise<Record<string, Tensor>> {
    if (this.ended) throw new Error("a session that was released is run");
    const request: SessionRequest = { number: this.asked++, feeds, outputs };
    const results = await new Promise<Record<string, Tensor>>((resolve, reject) => {
      this.waiting.set(request.number, { resolve, reject });
      this.worker.ref();
      this.worker.postMessage(request);
    });
    for (const name of outputs) {
      const target = into[name];
      if (target === undefined) continue;
      (target.data as Float32Array).set(results[name]!.data as Float32Array);
      results[name] = target;
    }
    return results;
  }

  async release(): Promise<void> {
    this.ended = true;
    await this.worker.terminate();
  }

  private fail(error: unknown): void {
    this.ended = true;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
