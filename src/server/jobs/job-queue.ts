/** What stands between a server and whoever works its jobs: a queue in memory, or one on another machine. */
import type { JobEvent } from "./job.js";

export interface QueueCounts {
  readonly waiting: number;
  readonly running: number;
}

export type JobListener = (id: string, event: JobEvent) => void;

/**
 * A queue holds ids alone; all else is in the job's folder, which servers and workers share. It keeps no limit: the server
 * asks `counts` before it takes an upload.
 *
 * Every job that was added is worked by calling `workJob`, at least once, and once in its effect: see `JobStore.finish`.
 */
export interface JobQueue {
  /** Hands on a job whose `job.json` is written. */
  add(id: string): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Whether a job waits in the queue or is worked. A queue on another machine may lose what it held. */
  knows(id: string): Promise<boolean>;
  /**
   * Takes a job that waits out of the queue, or asks whoever works on it to stop. A job that is not known does no harm.
   * Its folder may be removed afterwards: work that still goes on finds it gone and ends without effect.
   */
  cancel(id: string): Promise<void>;
  /** Calls the listener for every event of every job, until the function that is returned is called. */
  listen(listener: JobListener): () => void;
  /** True where jobs can be taken and somebody is there to work them. */
  ready(): Promise<boolean>;
  /** Stops what runs here and lets go of every connection. Jobs of a queue on another machine stay in it. */
  close(): Promise<void>;
}

/** A queue on another machine that does not answer. */
export class QueueAway extends Error {
  override readonly name = "QueueAway";
  constructor(cause: unknown) {
    super("The queue does not answer.", { cause });
  }
}
