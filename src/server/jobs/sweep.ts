/** Takes away what has had its time, whatever became of the queue: nothing of a patient stays because somebody forgot it. */
import { isOver, type Job } from "./job.js";
import type { JobQueue } from "./job-queue.js";
import { ignoreUnreadable, type JobStore } from "./job-store.js";

export interface SweepTimes {
  /** How long results are kept, and what an upload left that never became a job. */
  readonly keepSeconds: number;
  /** Longest that a job may wait and be worked, all in all. */
  readonly maxAgeSeconds: number;
}

export interface Swept {
  /** Jobs of which nothing is left. */
  readonly removed: readonly string[];
  /** Jobs that failed because the queue knows nothing of them any more. */
  readonly forgotten: readonly Job[];
}

/** Seconds from a job's latest state to the moment at which the queue must know of it. */
const LEAST_AGE = 60;

const FORGOTTEN = "The queue has forgotten this job. Send the image again.";

/**
 * Removes jobs that were over, and uploads that came to nothing, `keepSeconds` ago; removes jobs that are older than
 * `maxAgeSeconds` and still not over; and fails those that the queue has forgotten, so that their images go at once and they
 * themselves in their time. A queue that does not answer has forgotten nothing.
 *
 * @param now milliseconds since 1970
 */
export async function sweep(
  store: JobStore,
  queue: Pick<JobQueue, "knows" | "cancel">,
  { keepSeconds, maxAgeSeconds }: SweepTimes,
  now = Date.now(),
): Promise<Swept> {
  const removed: string[] = [];
  const forgotten: Job[] = [];
  const since = (time: string): number => (now - Date.parse(time)) / 1000;
  for (const id of await store.overBefore(now - keepSeconds * 1000)) {
    await store.remove(id);
    removed.push(id);
  }
  for (const id of await store.ids()) {
    const job = await store.read(id).catch(ignoreUnreadable);
    if (job === undefined || isOver(job)) continue;
    if (since(job.created) > maxAgeSeconds) {
      await queue.cancel(id).catch(() => {});
      await store.remove(id);
      removed.push(id);
      continue;
    }
    if (since(job.started ?? job.created) < Math.min(LEAST_AGE, keepSeconds)) continue;
    if (await queue.knows(id).catch(() => true)) continue;
    const failed = await store.fail(id, FORGOTTEN);
    if (failed?.failure === FORGOTTEN) forgotten.push(failed);
  }
  return { removed, forgotten };
}
