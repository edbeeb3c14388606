/**
 * Takes away what has had its time, and puts back what the queue has lost: whatever became of it, nothing of a patient stays because
 * somebody forgot it, and no job that was accepted is lost.
 */
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
  /** Jobs that the queue knew nothing of any more, and that are in it again. */
  readonly putBack: readonly string[];
  /** Jobs that failed because it was so again and again. */
  readonly forgotten: readonly Job[];
}

/** Seconds from a job's latest state to the moment at which the queue must know of it. */
const LEAST_AGE = 20;

/** How often work on a job begins at most before it is given up, where the queue forgets it: it may be the job that is to blame. */
const MOST_ATTEMPTS = 3;

const FORGOTTEN = "The queue has forgotten this job, each time that it was begun. Send the image again.";

/**
 * Removes jobs that were over, and uploads that came to nothing, `keepSeconds` ago; removes jobs that are older than
 * `maxAgeSeconds` and still not over; and puts those back that the queue has forgotten: whatever became of it, a job that was
 * accepted is worked, for its image lies here. A queue that does not answer has forgotten nothing.
 *
 * @param now milliseconds since 1970
 */
export async function sweep(
  store: JobStore,
  queue: Pick<JobQueue, "add" | "knows" | "cancel">,
  { keepSeconds, maxAgeSeconds }: SweepTimes,
  now = Date.now(),
): Promise<Swept> {
  const removed: string[] = [];
  const putBack: string[] = [];
  const forgotten: Job[] = [];
  const since = (time: string): number => (now - Date.parse(time)) / 1000;
  const readable = (id: string) => store.read(id).catch(ignoreUnreadable);
  for (const id of await store.overBefore(now - keepSeconds * 1000)) {
    await store.remove(id);
    removed.push(id);
  }
  for (const id of await store.ids()) {
    const job = await readable(id);
    if (job === undefined || isOver(job)) continue;
    if (since(job.created) > maxAgeSeconds) {
      await queue.cancel(id).catch(() => {});
      await store.remove(id);
      removed.push(id);
      continue;
    }
    if (since(job.started ?? job.created) < Math.min(LEAST_AGE, keepSeconds)) continue;
    if (await queue.knows(id).catch(() => true)) continue;
    // A queue knows nothing of a job that has ended while it was asked.
    const still = await readable(id);
    if (still === undefined || isOver(still)) continue;
    if (still.attempts < MOST_ATTEMPTS) {
      const added = await queue.add(id).then(
        () => true,
        () => false,
      );
      if (added) putBack.push(id);
      continue;
    }
    const failed = await store.fail(id, FORGOTTEN);
    if (failed?.failure === FORGOTTEN) forgotten.push(failed);
  }
  return { removed, putBack, forgotten };
}
