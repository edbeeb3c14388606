/** How many jobs are taken: uploads on their way and jobs that wait have places, and so has everything that is kept. */

import type { JobQueue } from "../jobs/job-queue.js";
import type { JobStore } from "../jobs/job-store.js";

export interface AdmissionLimits {
  /** Jobs that wait, uploads on their way included. */
  readonly maxQueue: number;
  /** Jobs on disk, those that are over included: they are kept for a while. */
  readonly maxKept: number;
}

/** Bounds of what a client is told to wait, in seconds. */
const SHORTEST_WAIT = 1;
const LONGEST_WAIT = 120;

/** There is no place for another job; `retryAfter` seconds from now there may be. */
export class NoPlace extends Error {
  override readonly name = "NoPlace";

  /** @param message for the client */
  constructor(
    message: string,
    readonly retryAfter: number,
  ) {
    super(message);
  }
}

export class Admission {
  private uploads = 0;
  /** Mean of the latest jobs, in seconds. */
  private jobSeconds = 5;

  constructor(
    private readonly queue: JobQueue,
    private readonly store: JobStore,
    private readonly limits: AdmissionLimits,
  ) {}

  /**
   * Takes a place for an upload, before its body is read.
   *
   * @returns gives the place back; to be called once, when the job is in the queue or has come to nothing
   * @throws NoPlace where there is none
   */
  async enter(): Promise<() => void> {
    const place = ++this.uploads;
    const leave = (): void => {
      this.uploads -= 1;
    };
    try {
      const { waiting } = await this.queue.counts();
      if (waiting + place > this.limits.maxQueue) throw this.full("The queue is full.");
      const kept = (await this.store.ids()).length;
      if (kept >= this.limits.maxKept) {
        throw this.full("The server keeps as many jobs as it may. Delete those whose results you have.");
      }
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Learns how long jobs take. */
  observe(seconds: number): void {
    this.jobSeconds += (seconds - this.jobSeconds) / 4;
  }

  private full(message: string): NoPlace {
    const wait = Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, Math.ceil(this.jobSeconds)));
    return new NoPlace(message, wait);
  }
}
