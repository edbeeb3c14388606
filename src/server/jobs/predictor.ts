/** Whoever computes: what is asked of it and what it gives back, as plain data that passes between threads. */
import type { JobImage, JobProgress, JobResults } from "./job.js";

export interface PredictionTask {
  /** Folder of the bundle, and the fingerprint that it must have. */
  readonly bundle: { readonly folder: string; readonly fingerprint: string };
  /** Folder in which the files of `image` lie. */
  readonly inputFolder: string;
  readonly image: JobImage;
  /** Empty folder that takes the files of results. */
  readonly resultsFolder: string;
}

export interface Predictor {
  /**
   * Predicts one image; called again only when it has ended.
   *
   * @param signal asks it to stop: it then rejects with the signal's reason, at the latest when the engine is through with
   *   its window
   * @throws UserError where the client can mend it; its message names no path of the server
   */
  predict(
    task: PredictionTask,
    signal: AbortSignal,
    progress: (progress: JobProgress) => void,
  ): Promise<JobResults>;
  /** Stops the work and ends the thread. */
  close(): Promise<void>;
}
