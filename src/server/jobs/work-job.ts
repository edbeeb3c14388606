/** How one job is worked, whichever queue it came from: from its id to results or a failure on disk. */
import { UserError } from "../../base/index.js";
import { isWritingError } from "../../dataset/index.js";
import { fetchSeries, storeSegmentation, type Transfers } from "./archive-transfer.js";
import { isOver, type Job, type JobEvent, type JobProgress } from "./job.js";
import type { Delivery } from "./job-store.js";
import type { Predictor } from "./predictor.js";
import type { ServedBundles } from "./served-bundles.js";

/** What works jobs. */
export interface Workplace extends Transfers {
  readonly bundles: ServedBundles;
  readonly predictor: Predictor;
  /** Longest that a job may take. */
  readonly maxSeconds: number;
  /** Told of what is no client's fault, without anything of the image. */
  readonly onDefect: (id: string, error: unknown) => void;
}

export type JobEnd = Extract<JobEvent, { kind: "end" }>;

/**
 * Works a job and tells of its events, the end included. May be called for a job that somebody else has begun, works on or
 * has done: it is done once.
 *
 * @param signal asks to stop, because the job was cancelled or the process ends: the job stays as it is, neither done nor
 *   failed, and the call rejects with the signal's reason
 * @returns how it ended; by then that is on disk
 */
export async function workJob(
  id: string,
  workplace: Workplace,
  signal: AbortSignal,
  tell: (event: JobEvent) => void,
): Promise<JobEnd> {
  signal.throwIfAborted();
  const { store, bundles, predictor, maxSeconds, onDefect } = workplace;
  const limit = AbortSignal.timeout(maxSeconds * 1000);
  const stop = AbortSignal.any([signal, limit]);
  const deliver: Delivery = (job, results) => storeSegmentation(job, results, workplace, stop);
  const progress = (progress: JobProgress): void => tell({ kind: "progress", ...progress });
  const ended = (state: JobEnd["state"]): JobEnd => {
    const end = { kind: "end", state } as const;
    tell(end);
    return end;
  };
  let attempt: string | undefined;
  try {
    const job = await store.begin(id, deliver);
    if (job === undefined) return ended("deleted");
    if (isOver(job)) return ended(endOf(job));
    tell({ kind: "state", state: "running" });

    attempt = await store.attemptFolder(id);
    const { folder, fingerprint } = servedBundle(bundles, job.bundle);
    await fetchSeries(job, workplace, stop, progress);
    const task = {
      bundle: { folder, fingerprint },
      inputFolder: store.inputFolder(id),
      image: job.image,
      resultsFolder: attempt,
    };
    const results = await predictor.predict(task, stop, progress);
    return ended(endOf(await store.finish(id, attempt, results, deliver)));
  } catch (error) {
    if (attempt !== undefined) await store.drop(id, attempt);
    signal.throwIfAborted();
    return ended(endOf(await store.fail(id, failureForClient(error, { id, limit, maxSeconds, onDefect }))));
  }
}

/** @param job as it stands when it is over; undefined where it was removed */
const endOf = (job: Job | undefined): JobEnd["state"] =>
  job === undefined ? "deleted" : job.state === "done" ? "done" : "failed";

/** A worker may offer other bundles than the server that took the job. */
function servedBundle(bundles: ServedBundles, { name, fingerprint }: { name: string; fingerprint: string }) {
  const bundle = bundles.get(name);
  if (bundle?.fingerprint === fingerprint) return bundle;
  throw new UserError({
    subject: `bundle ${name}`,
    found: bundle === undefined ? "no such bundle" : "another version of it",
    expected: "the bundle that the job was taken for",
    advice: "Server and workers must offer the same bundles. Send the image again once they do.",
  });
}

function failureForClient(
  error: unknown,
  {
    id,
    limit,
    maxSeconds,
    onDefect,
  }: Pick<Workplace, "maxSeconds" | "onDefect"> & { readonly id: string; readonly limit: AbortSignal },
): string {
  if (limit.aborted && error === limit.reason) return `The job took longer than ${maxSeconds} s, its limit.`;
  // What cannot be written is the server's, with its path, and no client can mend it.
  if (error instanceof UserError && !isWritingError(error)) return error.message;
  onDefect(id, error);
  if (isWritingError(error))
    return "The server cannot write: its disk may be full. Send the image again later.";
  return "The server failed at this job. Its log has more under the job's id.";
}
