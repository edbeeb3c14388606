/** What server and worker alike need in order to work jobs. */
import type { Device } from "../graph/index.js";
import { type Archive, archiveAt, readCredentials } from "./dicomweb/index.js";
import type { ServerParts } from "./http/environment.js";
import { safeDetails } from "./http/log.js";
import { PredictionThread } from "./jobs/prediction-thread.js";
import type { QueueNews } from "./jobs/redis-news.js";
import type { Workplace } from "./jobs/work-job.js";

export interface WorkplaceOptions {
  /** Jobs that are worked at once. */
  readonly jobs: number;
  readonly device: Device;
  /** Of the engine, for each of the jobs at once. */
  readonly threads?: number;
  /** Of one job. */
  readonly maxSeconds: number;
  /** Of one upload, or one series of the archive. */
  readonly maxUploadBytes: number;
  /** Most bytes that an image may say it has once it is unpacked. */
  readonly maxUnpackedBytes: number;
  /** Where the DICOMweb services of the archive begin; without it, images are only sent. */
  readonly dicomweb?: string;
  /** File with credentials for it; default: the variable that `readCredentials` names. */
  readonly dicomwebCredentials?: string;
}

/** @throws UserError where its address or credentials are wrong */
export async function archiveFor({
  dicomweb,
  dicomwebCredentials,
}: WorkplaceOptions): Promise<Archive | undefined> {
  if (dicomweb === undefined) return undefined;
  return archiveAt(dicomweb, await readCredentials(dicomwebCredentials, process.env));
}

export const predictorsFor = ({
  jobs,
  device,
  threads,
  maxUnpackedBytes,
}: WorkplaceOptions): PredictionThread[] =>
  Array.from({ length: jobs }, () => new PredictionThread({ device, threads, maxUnpackedBytes }));

export const workplaceFor = (
  { maxSeconds, maxUploadBytes }: WorkplaceOptions,
  { store, bundles, archive, log }: Pick<ServerParts, "store" | "bundles" | "archive" | "log">,
): Omit<Workplace, "predictor"> => ({
  store,
  bundles,
  archive,
  maxSeconds,
  maxSeriesBytes: maxUploadBytes,
  onDefect: (job, error) => log.error({ job, ...safeDetails(error) }, "a job failed"),
});

/** The queue's news as lines of the log. */
export const queueNews = (log: ServerParts["log"]): QueueNews => ({
  onLost: () => log.warn("the queue is away"),
  onBack: () => log.info("the queue is back"),
  onTrouble: (error) => log.warn(safeDetails(error), "the queue is in trouble"),
});
