/** Server and worker while their Redis is away, when it is back, and when they are told to stop without it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makePhantomDatasets } from "../../src/dataset/index.js";
import { RunningServer } from "../end-to-end/running-server.js";
import { slowBundle } from "../end-to-end/slow-bundle.js";
import { RedisServer, redisMissing } from "./redis.js";
import { RunningWorker } from "./running-worker.js";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 });

const bundle = join(import.meta.dirname, "../oracle/fixtures/bundle-version-1");

describe.skipIf(redisMissing !== undefined)(`while Redis is away (${redisMissing ?? "installed"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "sureseg-away-"));
  const work = join(folder, "work");
  const redis = new RedisServer();
  let server: RunningServer;
  let worker: RunningWorker;
  let image: Uint8Array;
  const send = (name = "quick") =>
    server.send([{ name: "scan", bytes: image }], { bundle: name, modality: "CT" });
  const soon = (condition: () => unknown) => expect.poll(condition, { timeout: 60_000, interval: 100 });
  const said = (log: string, message: string): number => log.split(`"msg":"${message}"`).length - 1;

  beforeAll(async () => {
    const options = { casesPerDataset: 1, foreignCasesPerKind: 0, shape: [24, 24, 20] } as const;
    const { datasets } = await makePhantomDatasets(join(folder, "data"), options);
    const images = join(datasets[0]!.folder, "imagesTr");
    image = readFileSync(join(images, readdirSync(images)[0]!));
    await Promise.all([redis.start(), slowBundle(bundle, join(folder, "endless"), "endless")]);
    const common = [`quick=${bundle}`, "endless", "--queue", redis.url, "--work", work, "--threads", "1"];
    // Of a server that was killed: a job that no queue knows, and whose time is over.
    const left = join(work, "jobs", "0".repeat(32));
    mkdirSync(join(left, "input"), { recursive: true });
    writeFileSync(join(left, "input", "image-0.nii"), "voxels");
    utimesSync(left, 0, 0);
    server = await RunningServer.start(common, { cwd: folder });
    worker = await RunningWorker.start(common, folder);
  });
  afterAll(async () => {
    await server?.stop("SIGKILL");
    await worker?.stop("SIGKILL");
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has deleted what an earlier server left before it takes anything", () => {
    expect(readdirSync(join(work, "jobs"))).toEqual([]);
  });

  it("refuses uploads with a time to come again, says so where it is asked, and deletes what it is told to", async () => {
    const response = await send();
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect(await server.over(id)).toMatchObject({ state: "done" });
    await redis.leave();
    await soon(() => said(server.log, "the queue is away")).toBe(1);
    const refused = await send();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await server.ask("/ready")).status).toBe(503);
    expect((await server.ask("/health")).status).toBe(200);
    expect((await server.ask("/metrics")).status).toBe(200);
    // What is done may be fetched, and goes when its client wants it gone.
    expect((await server.ask(`/api/jobs/${id}/results/mask`)).status).toBe(200);
    expect((await server.ask(`/api/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(readdirSync(join(work, "jobs"))).toEqual([]);
  });

  it("uses a Redis that is back without a restart, and has said it once that it was away and once that it is back", async () => {
    await redis.start();
    await soon(async () => (await server.ask("/ready")).status).toBe(200);
    const response = await send();
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect(await server.over(id)).toMatchObject({ state: "done" });
    for (const { log } of [server, worker]) {
      expect(said(log, "the queue is away")).toBe(1);
      expect(said(log, "the queue is back")).toBe(1);
      expect(said(log, "the queue is in trouble"), log).toBe(0);
    }
  });

  it("ends by SIGTERM without Redis, in the middle of a job too", async () => {
    const { id } = (await (await send("endless")).json()) as { id: string };
    for await (const { data } of server.events(id)) if (data.stage === "predicting") break;
    await redis.leave();
    await soon(() => said(worker.log, "the queue is away")).toBe(2);
    expect(await worker.stop()).toBe(0);
    expect(await server.stop()).toEqual({ status: 0, signal: null });
    // For another worker, once Redis is back.
    expect(readdirSync(join(work, "jobs"))).toContain(id);
  });

  it("ends by SIGTERM while Redis is there and says nothing", async () => {
    await redis.start();
    const common = [
      `quick=${bundle}`,
      "--queue",
      redis.url,
      "--work",
      join(folder, "other"),
      "--threads",
      "1",
    ];
    server = await RunningServer.start(common, { cwd: folder });
    worker = await RunningWorker.start(common, folder);
    redis.freeze();
    const ends = await Promise.all([worker.stop(), server.stop()]);
    redis.thaw();
    expect(ends).toEqual([0, { status: 0, signal: null }]);
  });
});
