/** Threads that make batches by number, ahead of the one asked for. */
import { Worker } from "node:worker_threads";
import { receivedError } from "../threads/sent-error.js";
import { threadFile } from "../threads/thread-file.js";
import type { Batch } from "./batch-maker.js";
import type { WorkerAnswer, WorkerStart } from "./batch-worker.js";

interface Job {
  readonly promise: Promise<Batch>;
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: unknown) => void;
  state: "waiting" | "begun" | "done";
  /** Asked for, not only made ahead. */
  awaited: boolean;
}

interface Thread {
  readonly worker: Worker;
  busy: boolean;
}

export class BatchPool {
  private readonly threads: Thread[];
  /** Batches wanted and not yet handed out, by number. */
  private readonly jobs = new Map<number, Job>();
  private failure: Error | undefined;

  /** @param prefetch batches made ahead */
  constructor(
    start: WorkerStart,
    workers: number,
    private readonly prefetch: number,
  ) {
    this.threads = Array.from({ length: workers }, () => {
      const thread: Thread = {
        worker: new Worker(threadFile(import.meta.url, "batch-worker.js"), { workerData: start }),
        busy: false,
      };
      thread.worker.on("message", (answer: WorkerAnswer) => this.settle(thread, answer));
      thread.worker.on("error", (cause) =>
        this.fail(new Error("a thread that makes batches failed", { cause })),
      );
      thread.worker.on("exit", (code) =>
        this.fail(new Error(`a thread that makes batches ended early, with status ${code}`)),
      );
      return thread;
    });
  }

  async batch(number: number): Promise<Batch> {
    if (this.failure !== undefined) throw this.failure;
    const last = number + this.prefetch;
    // What was made ahead for another order of steps would only take up memory.
    for (const [other, job] of this.jobs) {
      if (!job.awaited && (other < number || other > last)) this.jobs.delete(other);
    }
    for (let next = number; next <= last; next++) if (!this.jobs.has(next)) this.jobs.set(next, newJob());
    const job = this.jobs.get(number)!;
    job.awaited = true;
    if (job.state === "done") this.jobs.delete(number);
    this.dispatch();
    return job.promise;
  }

  async close(): Promise<void> {
    this.fail(new Error("batch source: closed"));
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private dispatch(): void {
    const waiting = [...this.jobs].filter(([, { state }]) => state === "waiting");
    waiting.sort(([a, one], [b, other]) => Number(other.awaited) - Number(one.awaited) || a - b);
    for (const thread of this.threads) {
      if (thread.busy) continue;
      const next = waiting.shift();
      if (next === undefined) return;
      next[1].state = "begun";
      thread.busy = true;
      thread.worker.postMessage(next[0]);
    }
  }

  private settle(thread: Thread, answer: WorkerAnswer): void {
    thread.busy = false;
    const job = this.jobs.get(answer.number);
    // Not there: dropped in the meantime.
    if (job !== undefined) {
      if ("batch" in answer) job.resolve(answer.batch);
      else if ("refused" in answer) job.reject(receivedError(answer));
      else job.reject(new Error(`batch ${answer.number} could not be made`, { cause: answer.error }));
      job.state = "done";
      if (job.awaited) this.jobs.delete(answer.number);
    }
    this.dispatch();
  }

  private fail(failure: Error): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    for (const job of this.jobs.values()) job.reject(failure);
    this.jobs.clear();
  }
}

function newJob(): Job {
  let resolve: Job["resolve"] = () => {};
  let reject: Job["reject"] = () => {};
  const promise = new Promise<Batch>((onBatch, onError) => {
    resolve = onBatch;
    reject = onError;
  });
  // A batch made ahead may fail before anyone asks for it; whoever asks still sees the rejection.
  promise.catch(() => {});
  return { promise, resolve, reject, state: "waiting", awaited: false };
}
