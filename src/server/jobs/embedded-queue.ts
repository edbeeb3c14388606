/** The queue that needs no other process: jobs wait in memory and are worked here, in the order in which they came. */
import type { JobEvent } from "./job.js";
import type { JobListener, JobQueue, QueueCounts } from "./job-queue.js";
import type { Predictor } from "./predictor.js";
import { type Workplace, workJob } from "./work-job.js";

export class EmbeddedQueue implements JobQueue {
  private readonly waiting: string[] = [];
  private readonly running = new Map<string, AbortController>();
  private readonly listeners = new Set<JobListener>();
  private readonly work = new Set<Promise<void>>();
  private readonly idle: Predictor[];
  private closed = false;

  /** @param predictors as many jobs are worked at once */
  constructor(
    private readonly predictors: readonly Predictor[],
    private readonly workplace: Omit<Workplace, "predictor">,
  ) {
    this.idle = [...predictors];
  }

  async add(id: string): Promise<void> {
    this.waiting.push(id);
    this.tell(id, { kind: "state", state: "waiting" });
    this.startNext();
  }

  async counts(): Promise<QueueCounts> {
    return { waiting: this.waiting.length, running: this.running.size };
  }

  async knows(id: string): Promise<boolean> {
    return this.waiting.includes(id) || this.running.has(id);
  }

  async cancel(id: string): Promise<void> {
    const at = this.waiting.indexOf(id);
    if (at >= 0) {
      this.waiting.splice(at, 1);
      this.tell(id, { kind: "end", state: "deleted" });
    }
    this.running.get(id)?.abort();
  }

  listen(listener: JobListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async ready(): Promise<boolean> {
    return !this.closed;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const id of this.waiting.splice(0)) this.tell(id, { kind: "end", state: "deleted" });
    for (const controller of this.running.values()) controller.abort();
    await Promise.all(this.work);
    await Promise.all(this.predictors.map((predictor) => predictor.close()));
  }

  private startNext(): void {
    if (this.closed || this.waiting.length === 0) return;
    const predictor = this.idle.pop();
    if (predictor === undefined) return;
    const id = this.waiting.shift()!;
    const work = this.workOne(id, predictor).finally(() => {
      this.work.delete(work);
      this.running.delete(id);
      this.idle.push(predictor);
      this.startNext();
    });
    this.work.add(work);
  }

  private async workOne(id: string, predictor: Predictor): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.running.set(id, controller);
    try {
      await workJob(id, { ...this.workplace, predictor }, signal, (event) => this.tell(id, event));
    } catch (error) {
      // A disk that is full, say: the job's own state cannot be written either.
      if (!signal.aborted) this.workplace.onDefect(id, error);
      this.tell(id, { kind: "end", state: signal.aborted ? "deleted" : "failed" });
    }
  }

  private tell(id: string, event: JobEvent): void {
    for (const listener of this.listeners) listener(id, event);
  }
}
