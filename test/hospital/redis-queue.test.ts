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

  it("puts a job back that a worker has when it stops, for another one to finish", async () => {
    await redis.empty();
    const folder = mkdtempSync(join(tmpdir(), "sureseg-redis-"));
    const store = new JobStore(folder);
    const { name, fingerprint } = anyServedBundle;
    const bundles = new Map([[name, anyServedBundle]]);
    const workplace = { store, bundles, maxSeconds: 60, maxSeriesBytes: 1024, onDefect: () => {} };
    const common = { redis: redis.address, news: quiet };
    const queue = await RedisQueue.open({ ...common, store });
    const [first, second] = [new HeldPredictor(), new HeldPredictor()];
    const start = (predictor: HeldPredictor) =>
      RedisWorker.start({ ...common, predictors: [predictor], workplace, silenceSeconds: 30 });
    const stopping = await start(first);
    const id = await store.reserve();
    await store.create(id, { bundle: { name, fingerprint }, image: { files: ["image-0.nii.gz"] } });
    await queue.add(id);
    await expect.poll(() => first.busy).toBe(true);
    await stopping.close();
    await expect.poll(() => queue.counts()).toEqual({ waiting: 1, running: 0 });
    const other = await start(second);
    await expect.poll(() => second.busy).toBe(true);
    second.succeed();
    await expect.poll(async () => (await store.read(id))?.state).toBe("done");
    expect((await store.read(id))!.attempts).toBe(2);
    await other.close();
    await queue.close();
    rmSync(folder, { recursive: true, force: true });
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
