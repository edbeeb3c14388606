/** Works jobs of the queue on Redis: any number of processes may do so, on any number of machines. */
import { WaitingError, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { JobEvent } from "./job.js";
import type { Predictor } from "./predictor.js";
import { askRedis, closeOrCut, type RedisAddress } from "./redis-connection.js";
import { type QueueNews, RedisNews } from "./redis-news.js";
import { CANCEL_CHANNEL, QUEUE_NAME } from "./redis-queue.js";
import { type JobEnd, type Workplace, workJob } from "./work-job.js";

export interface RedisWorkerOptions {
  readonly redis: RedisAddress;
  /** As many jobs are worked at once. */
  readonly predictors: readonly Predictor[];
  readonly workplace: Omit<Workplace, "predictor">;
  /** A worker that is silent for so long has lost its job to another one. */
  readonly silenceSeconds: number;
  readonly news: QueueNews;
}

/** Milliseconds between a failure to fetch a job and the next attempt. */
const FETCH_AGAIN = 1000;

/** How often a job is begun again because a worker was lost at it: it may be the job that is to blame. */
const MOST_LOST = 2;

type EndState = JobEnd["state"];

/** What is needed of a job in Redis. */
interface QueuedJob {
  readonly id?: string;
  updateProgress(event: object): Promise<void>;
  moveToWait(token?: string): Promise<number>;
}

export class RedisWorker {
  private readonly idle: Predictor[];
  private closing: Promise<void> | undefined;
  private readonly worker: Worker<object, EndState>;
  private readonly cancelled: Redis;
  private readonly stopping = new AbortController();
  /** What is under way, until there is nothing more to tell Redis than its end. */
  private readonly computing = new Set<Promise<unknown>>();
  private readonly news: RedisNews;

  private constructor(private readonly options: RedisWorkerOptions) {
    const { redis, predictors, silenceSeconds, news } = options;
    this.news = new RedisNews(news);
    this.idle = [...predictors];
    this.cancelled = new Redis(redis);
    this.news.watch(this.cancelled);
    this.cancelled.on("message", (_, id) => this.worker.cancelJob(id));
    this.worker = new Worker<object, EndState>(
      QUEUE_NAME,
      (job, token, signal) => this.work(job, token, signal!),
      {
        connection: redis,
        autorun: false,
        concurrency: predictors.length,
        lockDuration: silenceSeconds * 1000,
        stalledInterval: silenceSeconds * 1000,
        maxStalledCount: MOST_LOST,
        runRetryDelay: FETCH_AGAIN,
      },
    );
    this.worker.on("error", this.news.trouble);
  }

  /** @throws UserError where Redis does not answer */
  static async start(options: RedisWorkerOptions): Promise<RedisWorker> {
    await askRedis(options.redis, (redis) => redis.ping());
    const started = new RedisWorker(options);
    await Promise.all([started.cancelled.subscribe(CANCEL_CHANNEL), started.worker.waitUntilReady()]);
    started.worker.run().catch(options.news.onTrouble);
    return started;
  }

  /**
   * Puts what is under way back into the queue, and lets go of every connection and thread. Where Redis is away, what was
   * under way is taken over by another worker once this one has been silent for long enough.
   */
  close(): Promise<void> {
    this.closing ??= (async () => {
      // In the next turn, when `closing` is set: jobs that stop look at it.
      await Promise.resolve();
      const { isAway } = this.news;
      this.news.end();
      this.cancelled.disconnect();
      this.stopping.abort();
      // From now on it fetches no jobs. Where Redis is away it does not wait for those whose end it could not tell.
      const closed = this.worker.close(isAway);
      // The engine ends its window, however long that takes; only Redis is given little time.
      await Promise.allSettled(this.computing);
      await closeOrCut(
        () => closed,
        () => this.worker.disconnect(),
      );
      await Promise.all(this.options.predictors.map((predictor) => predictor.close()));
    })();
    return this.closing;
  }

  private async work(job: QueuedJob, token: string | undefined, cancelled: AbortSignal): Promise<EndState> {
    const signal = AbortSignal.any([cancelled, this.stopping.signal]);
    const predictor = this.idle.pop()!;
    const id = job.id!;
    // One after the other, and all of them before the end is told.
    let told: Promise<unknown> = Promise.resolve();
    const tell = (event: JobEvent): void => {
      if (event.kind === "end") return;
      told = told.then(() => job.updateProgress(event)).catch(this.news.trouble);
    };
    try {
      const worked = workJob(id, { ...this.options.workplace, predictor }, signal, tell);
      this.computing.add(worked);
      const { state } = await worked.finally(() => this.computing.delete(worked));
      return state;
    } catch (error) {
      if (!signal.aborted) {
        this.options.workplace.onDefect(id, error);
        throw error;
      }
      if (this.closing === undefined) return "deleted";
      await told;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      await told;
      this.idle.push(predictor);
    }
  }
}
