/** Works jobs for servers on any machine: `sureseg worker`. */
import { UserError } from "../base/index.js";
import { serverLog } from "./http/log.js";
import type { LogLevel } from "./http/log-levels.js";
import { JobStore } from "./jobs/job-store.js";
import { redisAt } from "./jobs/redis-connection.js";
import { RedisWorker } from "./jobs/redis-worker.js";
import { openServedBundles } from "./jobs/served-bundles.js";
import { archiveFor, predictorsFor, queueNews, type WorkplaceOptions, workplaceFor } from "./workplace.js";

export interface WorkOptions extends WorkplaceOptions {
  /** Those of the servers: folders, or `NAME=FOLDER`. */
  readonly bundles: readonly string[];
  /** Address of Redis. */
  readonly queue: string;
  /** The folder that servers and workers share. */
  readonly work: string;
  /** Seconds without a sign of life after which another worker takes a job over. */
  readonly silenceSeconds: number;
  readonly logLevel: LogLevel;
}

export interface RunningWorker {
  /** Puts what is under way back into the queue. */
  stop(): Promise<void>;
}

/** @throws UserError where an option is wrong, a bundle broken, or Redis away */
export async function startWorker(options: WorkOptions): Promise<RunningWorker> {
  const log = serverLog(options.logLevel);
  const redis = redisAt(options.queue, process.env);
  const archive = await archiveFor(options);
  const bundles = await openServedBundles(options.bundles);
  if (bundles.size === 0) throw noBundle();
  const store = new JobStore(options.work);
  const worker = await RedisWorker.start({
    redis,
    predictors: predictorsFor(options),
    workplace: workplaceFor(options, { store, bundles, archive, log }),
    silenceSeconds: options.silenceSeconds,
    news: queueNews(log),
  });
  log.info({ bundles: bundles.size }, "working");
  return {
    async stop() {
      await worker.close();
      log.info("stopped");
    },
  };
}

const noBundle = (): UserError =>
  new UserError({
    subject: "bundle",
    found: "none",
    expected: "at least one, as the servers have it",
    advice: "Name the folders of bundles before the options.",
  });
