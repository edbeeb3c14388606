/** The queue on a real Redis keeps the contract of queues. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobStore } from "../../src/server/jobs/job-store.js";
import { redisAt } from "../../src/server/jobs/redis-connection.js";
import type { QueueNews } from "../../src/server/jobs/redis-news.js";
import { RedisQueue } from "../../src/server/jobs/redis-queue.js";
import { RedisWorker } from "../../src/server/jobs/redis-worker.js";
import { sweep } from "../../src/server/jobs/sweep.js";
import { anyServedBundle, HeldPredictor, jobQueueContract } from "../contracts/job-queue.js";
import { freePort } from "./free-port.js";
import { RedisServer, redisMissing } from "./redis.js";

const quiet: QueueNews = { onLost() {}, onBack() {}, onTrouble() {} };

describe.skipIf(redisMissing !== undefined)(`with Redis (${redisMissing ?? "installed"})`, () => {
  const redis = new RedisServer();
  beforeAll(() => redis.start());
  afterAll(() => redis.stop());

  jobQueueContract("on Redis", async (workplace, predictors) => {
    await redis.empty();
    const { store } = workplace;
    const common = { redis: redis.address, news: quiet };
    const queue = await RedisQueue.open({ ...common, store });
    const worker = await RedisWorker.start({ ...common, predictors, workplace, silenceSeconds: 30 });
    const closeQueue = queue.close.bind(queue);
    queue.close = async () => {
      await worker.close();
      await closeQueue();
    };
    return { queue, predictors };
  });

  /** A queue, a folder, and a job in both; workers can be started. */
  async function placeWithJob() {
    await redis.empty();
    const folder = mkdtempSync(join(tmpdir(), "sureseg-redis-"));
    const store = new JobStore(folder);
    const { name, fingerprint } = anyServedBundle;
    const bundles = new Map([[name, anyServedBundle]]);
    const workplace = { store, bundles, maxSeconds: 60, maxSeriesBytes: 1024, onDefect: () => {} };
    const common = { redis: redis.address, news: quiet };
    const queue = await RedisQueue.open({ ...common, store });
    const start = (predictor: HeldPredictor) =>
      RedisWorker.start({ ...common, predictors: [predictor], workplace, silenceSeconds: 30 });
    const id = await store.reserve();
    await store.create(id, { bundle: { name, fingerprint }, image: { files: ["image-0.nii.gz"] } });
    await queue.add(id);
    const leave = async (): Promise<void> => {
      await queue.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { store, queue, start, id, leave };
  }

  it("puts a job back that a worker has when it stops, for another one to finish", async () => {
    const { store, queue, start, id, leave } = await placeWithJob();
    const [first, second] = [new HeldPredictor(), new HeldPredictor()];
    const stopping = await start(first);
    await expect.poll(() => first.busy).toBe(true);
    await stopping.close();
    await expect.poll(() => queue.counts()).toEqual({ waiting: 1, running: 0 });
    const other = await start(second);
    await expect.poll(() => second.busy).toBe(true);
    second.succeed();
    await expect.poll(async () => (await store.read(id))?.state).toBe("done");
    expect((await store.read(id))!.attempts).toBe(2);
    await other.close();
    await leave();
  });

  it("has a job worked all the same that Redis lost, once it is put back", async () => {
    const { store, queue, start, id, leave } = await placeWithJob();
    await redis.empty();
    expect(await queue.counts()).toEqual({ waiting: 0, running: 0 });
    const times = { keepSeconds: 3600, maxAgeSeconds: 86_400 };
    expect((await sweep(store, queue, times, Date.now() + 60_000)).putBack).toEqual([id]);
    // Another server may put it back as well.
    await queue.add(id);
    expect(await queue.counts()).toEqual({ waiting: 1, running: 0 });
    const predictor = new HeldPredictor();
    const worker = await start(predictor);
    await expect.poll(() => predictor.busy).toBe(true);
    predictor.succeed();
    await expect.poll(async () => (await store.read(id))?.state).toBe("done");
    await worker.close();
    await leave();
  });
});

it.each([
  "http://127.0.0.1",
  "nonsense",
  "redis://",
  "redis://127.0.0.1/name",
  "redis://user:secret@127.0.0.1",
])("refuses the address %s", (url) => {
  expect(() => redisAt(url, {})).toThrow(/--queue: found/);
  expect(() => redisAt(url, {})).not.toThrow(/secret/);
});

it("takes the password from the environment alone", () => {
  expect(redisAt("rediss://me@queue.example:6380/2", { SURESEG_QUEUE_PASSWORD: "secret" })).toMatchObject({
    host: "queue.example",
    port: 6380,
    db: 2,
    username: "me",
    password: "secret",
    tls: {},
  });
});

it("says when nobody answers", async () => {
  const redis = redisAt(`redis://127.0.0.1:${await freePort()}`, {});
  const opened = RedisQueue.open({ redis, store: {} as never, news: quiet });
  await expect(opened).rejects.toThrow(/--queue: found no Redis that lets us in \(ECONNREFUSED\)/);
});
