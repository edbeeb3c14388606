/**
 * The queue on Redis, as its servers see it: jobs are worked by any number of `RedisWorker`s. Redis holds ids, states and
 * progress, and nothing of an image; everything else is in the work folder, which all of them share.
 */
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import type { JobEvent } from "./job.js";
import { type JobListener, type JobQueue, QueueAway, type QueueCounts } from "./job-queue.js";
import type { JobStore } from "./job-store.js";
import { askRedis, closeOrCut, type RedisAddress } from "./redis-connection.js";
import { type QueueNews, RedisNews } from "./redis-news.js";

/** What the queue is called in Redis. */
export const QUEUE_NAME = "sureseg";

/** Channel on which workers are asked to stop a job. */
export const CANCEL_CHANNEL = "sureseg:cancel";

/** What workers answer with. */
export const endStateSchema = z.enum(["done", "failed", "deleted"]);

/** What workers tell of a job on its way. Whoever can write to Redis may send anything. */
const toldSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("state"), state: z.literal("running") }),
  z.object({
    kind: z.literal("progress"),
    stage: z.string().max(64),
    done: z.number(),
    total: z.number(),
    unit: z.string().max(64),
  }),
]);

const LOST =
  "Workers were lost at this job, each time that it was begun. Send the image again, or ask the operator.";

export interface RedisQueueOptions {
  readonly redis: RedisAddress;
  readonly store: JobStore;
  readonly news: QueueNews;
}

/** Milliseconds that Redis has to answer a request of a client, who is then told to come again. */
const ANSWER_WITHIN = 5000;

export class RedisQueue implements JobQueue {
  private readonly listeners = new Set<JobListener>();
  private readonly news: RedisNews;
  private closed = false;

  private constructor(
    private readonly queue: Queue,
    private readonly heard: QueueEvents,
    private readonly orders: Redis,
    { store, news }: RedisQueueOptions,
  ) {
    this.news = new RedisNews(news);
    this.news.watch(orders);
    queue.on("error", this.news.trouble);
    heard.on("error", this.news.trouble);
    heard.on("waiting", ({ jobId }) => this.tell(jobId, { kind: "state", state: "waiting" }));
    heard.on("progress", ({ jobId, data }) => {
      const told = toldSchema.safeParse(data);
      if (told.success) this.tell(jobId, told.data);
    });
    heard.on("completed", ({ jobId, returnvalue }) => {
      const state = endStateSchema.safeParse(returnvalue);
      this.tell(jobId, { kind: "end", state: state.success ? state.data : "failed" });
    });
    heard.on("removed", ({ jobId, prev }) => {
      if (prev !== "completed" && prev !== "failed") this.tell(jobId, { kind: "end", state: "deleted" });
    });
    heard.on("failed", async ({ jobId }) => {
      await store.fail(jobId, LOST).catch(news.onTrouble);
      this.tell(jobId, { kind: "end", state: "failed" });
    });
  }

  /** @throws UserError where Redis does not answer */
  static async open(options: RedisQueueOptions): Promise<RedisQueue> {
    const { redis } = options;
    const last = await askRedis(redis, (client) =>
      client.xrevrange(`bull:${QUEUE_NAME}:events`, "+", "-", "COUNT", 1),
    );
    // Requests fail at once while Redis is away, instead of piling up.
    const hasty = { ...redis, enableOfflineQueue: false, commandTimeout: ANSWER_WITHIN };
    const queue = new Queue(QUEUE_NAME, { connection: hasty });
    // From a fixed place on: `$`, the default, misses what comes between two looks.
    const heard = new QueueEvents(QUEUE_NAME, { connection: redis, lastEventId: last[0]?.[0] ?? "0-0" });
    const opened = new RedisQueue(queue, heard, new Redis(hasty), options);
    await Promise.all([queue.waitUntilReady(), heard.waitUntilReady()]);
    return opened;
  }

  add = (id: string): Promise<void> =>
    this.ask(async () => {
      await this.queue.add("image", {}, { jobId: id, removeOnComplete: true, removeOnFail: true });
    });

  counts = (): Promise<QueueCounts> =>
    this.ask(async () => {
      const {
        waiting = 0,
        delayed = 0,
        active = 0,
      } = await this.queue.getJobCounts("waiting", "delayed", "active");
      return { waiting: waiting + delayed, running: active };
    });

  knows = (id: string): Promise<boolean> => this.ask(async () => (await this.queue.getJob(id)) !== undefined);

  cancel = (id: string): Promise<void> =>
    this.ask(async () => {
      const job = await this.queue.getJob(id);
      if (job === undefined) return;
      // A job that a worker has is locked, and is not removed.
      const waited = await job.remove().then(
        () => true,
        () => false,
      );
      if (!waited) await this.orders.publish(CANCEL_CHANNEL, id);
    });

  listen(listener: JobListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async ready(): Promise<boolean> {
    return !this.closed && (await this.queue.getWorkersCount()) > 0;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.news.end();
    this.orders.disconnect();
    await closeOrCut(
      () => Promise.all([this.queue.close(), this.heard.close()]),
      () => Promise.allSettled([this.queue.disconnect(), this.heard.disconnect()]),
    );
  }

  private tell(id: string, event: JobEvent): void {
    for (const listener of this.listeners) listener(id, event);
  }

  private async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (cause) {
      throw new QueueAway(cause);
    }
  }
}
