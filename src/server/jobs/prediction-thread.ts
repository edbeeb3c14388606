/** A predictor that works in a thread of its own, so that whoever asks it goes on answering. */
import { Worker } from "node:worker_threads";
import { receivedError } from "../../threads/sent-error.js";
import { newStopFlag, raise } from "../../threads/stop-flag.js";
import type { JobProgress, JobResults } from "./job.js";
import type { PredictionOrder, PredictionReport, PredictionSettings } from "./prediction-worker.js";
import type { PredictionTask, Predictor } from "./predictor.js";

/** A failure of the thread that no client can mend. `details` may hold text of the image: it is never logged. */
export class PredictionFailure extends Error {
  override readonly name = "PredictionFailure";
  constructor(
    message: string,
    /** Stack and causes. */
    readonly details: string,
  ) {
    super(message);
  }
}

export class PredictionThread implements Predictor {
  private worker: Worker | undefined;
  private current: Promise<unknown> = Promise.resolve();
  private stopCurrent: () => void = () => {};

  constructor(private readonly settings: PredictionSettings) {}

  predict(
    task: PredictionTask,
    signal: AbortSignal,
    progress: (progress: JobProgress) => void,
  ): Promise<JobResults> {
    const result = this.ask(task, signal, progress);
    this.current = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.stopCurrent();
    await this.current;
    const { worker } = this;
    if (worker === undefined) return;
    this.worker = undefined;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage({ kind: "close" } satisfies PredictionOrder);
    await exited;
  }

  private ask(
    task: PredictionTask,
    signal: AbortSignal,
    progress: (progress: JobProgress) => void,
  ): Promise<JobResults> {
    signal.throwIfAborted();
    const worker = this.started();
    const stop = newStopFlag();
    const askToStop = (): void => {
      raise(stop);
      worker.postMessage({ kind: "stop" } satisfies PredictionOrder);
    };
    this.stopCurrent = askToStop;
    signal.addEventListener("abort", askToStop);
    return new Promise<JobResults>((resolve, reject) => {
      const ended = (settle: () => void): void => {
        signal.removeEventListener("abort", askToStop);
        worker.off("message", hear);
        worker.off("error", lost);
        worker.off("exit", gone);
        this.stopCurrent = () => {};
        settle();
      };
      const hear = (report: PredictionReport): void => {
        if (report.kind === "progress") progress(report.progress);
        else if (report.kind === "done") ended(() => resolve(report.results));
        else if (report.kind === "stopped") ended(() => reject(signal.reason ?? new Error("closed")));
        else if (report.kind === "refused") ended(() => reject(receivedError(report.error)));
        else ended(() => reject(new PredictionFailure(report.failure.message, report.failure.details)));
      };
      const lost = (error: Error): void => {
        this.worker = undefined;
        ended(() => reject(error));
      };
      const gone = (): void => lost(new PredictionFailure("the thread ended without a word", ""));
      worker.on("message", hear);
      worker.on("error", lost);
      worker.on("exit", gone);
      worker.postMessage({ kind: "predict", task, stop } satisfies PredictionOrder);
    });
  }

  private started(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(new URL("./prediction-worker.js", import.meta.url), {
      workerData: this.settings,
    });
    // Between jobs nobody listens: a thread that is lost then is started anew for the next one.
    worker.on("error", () => this.forget(worker));
    worker.on("exit", () => this.forget(worker));
    this.worker = worker;
    return worker;
  }

  private forget(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
  }
}
