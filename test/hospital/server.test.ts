/** The server of a hospital: series out of a real Orthanc and segmentations back into it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JobAnswer, RunningServer } from "../end-to-end/running-server.js";
import { slowBundle } from "../end-to-end/slow-bundle.js";
import { Workplace } from "../end-to-end/workplace.js";
import { credentials, Orthanc, orthancMissing } from "./orthanc.js";
import { RedisServer, redisMissing } from "./redis.js";
import { RunningWorker } from "./running-worker.js";

const study = "1.2.826.0.1.3680043.8.498.77.0";
const series = "1.2.826.0.1.3680043.8.498.77.1";
const fixture = join(import.meta.dirname, "../oracle/fixtures/dicom/d0.zip");

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const bundle = join(folder, "run", "bundle");

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asked = (server: RunningServer, body: unknown): Promise<Response> =>
  server.ask("/api/jobs", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function takenFromArchive(server: RunningServer, body: unknown): Promise<JobAnswer> {
  const response = await asked(server, body);
  expect(response.status, await response.clone().text()).toBe(202);
  return server.over(((await response.json()) as JobAnswer).id);
}

describe.skipIf(orthancMissing !== undefined)(`with Orthanc (${orthancMissing ?? "installed"})`, () => {
  const orthanc = new Orthanc();
  let server: RunningServer;

  beforeAll(async () => {
    await orthanc.start();
    await orthanc.fill(fixture);
    const path = join(folder, "archive.txt");
    writeFileSync(path, `${credentials}\n`);
    const archive = ["--dicomweb", `${orthanc.url}/dicom-web`, "--dicomweb-credentials", path];
    server = await RunningServer.start([bundle, ...archive, "--work", "work"], { cwd: folder });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await orthanc.stop();
  });

  it("fetches a series by its names, and stores its segmentation before the job is done", async () => {
    expect(await server.json("/api/server")).toMatchObject({ dicomweb: true });
    const kept = await takenFromArchive(server, { study, series });
    expect(kept).toMatchObject({ state: "done", archive: { study, series, store: false } });
    expect(kept.notStored).toBeUndefined();
    expect(await orthanc.segmentations(study)).toEqual([]);

    // The phantoms' network finds this image foreign.
    const foreign = await takenFromArchive(server, { study, series, store: true });
    expect(foreign).toMatchObject({ state: "done", foreign: true });
    expect(foreign.notStored).toMatch(
      /is foreign: .* not stored in the archive\. Ask again with storeForeign/,
    );
    expect(await orthanc.segmentations(study)).toEqual([]);

    const stored = await takenFromArchive(server, { study, series, store: true, storeForeign: true });
    expect(stored.notStored).toBeUndefined();
    expect(stored.state, stored.failure).toBe("done");
    const found = await orthanc.segmentations(study);
    expect(found).toHaveLength(1);
    const file = await orthanc.ask(`/instances/${found[0]}/file`);
    const { href } = stored.results.find(({ name }) => name === "segmentation")!;
    expect(await file.arrayBuffer()).toEqual(await (await server.ask(href)).arrayBuffer());
  });

  it("says what is wrong with names, and that the archive has no such series", async () => {
    for (const body of [{ study }, { study, series: "../1" }, { study, series, to: "http://x" }, "{", ""]) {
      expect((await asked(server, body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await asked(server, `"${"1".repeat(5000)}"`)).status).toBe(413);
    expect((await asked(server, { study, series, bundle: "none" })).status).toBe(422);
    const job = await takenFromArchive(server, { study, series: "1.2.3", store: true });
    expect(job).toMatchObject({ state: "failed", results: [] });
    expect(job.failure).toMatch(/no such series/);
    // No name of a patient's study is in the log.
    expect(server.log).not.toContain("1.2.826");
  });
});

const missing = orthancMissing ?? redisMissing;

describe.skipIf(missing !== undefined)(`with workers (${missing ?? "Orthanc and Redis installed"})`, () => {
  const orthanc = new Orthanc();
  const redis = new RedisServer();
  const slow = join(folder, "slow");
  const shared = join(folder, "shared");
  let server: RunningServer;
  let workers: RunningWorker[];

  beforeAll(async () => {
    await Promise.all([orthanc.start(), redis.start(), slowBundle(bundle, slow, "slow")]);
    await orthanc.fill(fixture);
    const path = join(folder, "archive-of-workers.txt");
    writeFileSync(path, credentials);
    const archive = ["--dicomweb", `${orthanc.url}/dicom-web`, "--dicomweb-credentials", path];
    const common = [slow, "--queue", redis.url, "--work", shared, "--threads", "1", ...archive];
    server = await RunningServer.start(common, { cwd: folder });
    // Nobody is there yet to work.
    expect((await server.ask("/ready")).status).toBe(503);
    const start = () => RunningWorker.start([...common, "--max-silence", "2s"], folder);
    workers = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    for (const worker of workers ?? []) await worker.stop();
    await redis.stop();
    await orthanc.stop();
  });

  it("has a job whose worker is killed finished by another one, once in its effect", async () => {
    expect((await server.ask("/ready")).status).toBe(200);
    const send = async (): Promise<string> => {
      const response = await asked(server, { study, series, store: true, storeForeign: true });
      expect(response.status, await response.clone().text()).toBe(202);
      return ((await response.json()) as JobAnswer).id;
    };
    const ids = [await send(), await send()];
    for (const id of ids) {
      for await (const { data } of server.events(id)) if (data.stage === "predicting") break;
    }
    await workers[0]!.stop("SIGKILL");
    expect(await redis.contents()).not.toContain("1.2.826");
    const jobs = await Promise.all(ids.map((id) => server.over(id)));
    expect(jobs.map(({ state, failure }) => failure ?? state)).toEqual(["done", "done"]);
    expect(jobs.map(({ attempts }) => attempts).sort()).toEqual([1, 2]);
    expect(await orthanc.segmentations(study)).toHaveLength(2);
    expect(server.log + workers[1]!.log).not.toContain("1.2.826");
  }, 90_000);

  it("leaves jobs to the next server when one stops", async () => {
    const job = await takenFromArchive(server, { study, series });
    expect((await server.stop()).status).toBe(0);
    server = await RunningServer.start([slow, "--queue", redis.url, "--work", shared], { cwd: folder });
    expect(await server.job(job.id)).toMatchObject({ state: "done" });
    expect((await server.ask(`/api/jobs/${job.id}`, { method: "DELETE" })).status).toBe(204);
    expect(readdirSync(join(shared, "jobs"))).not.toContain(job.id);
    expect(await workers[1]!.stop()).toBe(0);
  }, 60_000);
});

describe("an archive that gives a series and takes none", () => {
  it("fails the job in the archive's words, and its results may be fetched all the same", async () => {
    const files = Object.values(unzipSync(readFileSync(fixture)));
    const parts = files.flatMap((file) => [Buffer.from("--b\r\n\r\n"), file, Buffer.from("\r\n")]);
    const archive = createServer((request, response) => {
      request.resume();
      if (request.method === "POST") response.writeHead(409).end();
      else {
        response.writeHead(200, { "content-type": "multipart/related; boundary=b" });
        response.end(Buffer.concat([...parts, Buffer.from("--b--")]));
      }
    });
    await new Promise<void>((resolve) => archive.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(archive.address() as AddressInfo).port}`;
    const server = await RunningServer.start([bundle, "--dicomweb", address], { cwd: folder });
    const job = await takenFromArchive(server, { study, series, store: true, storeForeign: true });
    expect(job.state).toBe("failed");
    expect(job.failure).toMatch(/does not store the segmentation/);
    expect(job.results.map(({ name }) => name)).toContain("mask");
    expect((await server.ask(job.results[0]!.href)).status).toBe(200);
    await server.stop();
    archive.close();
  });
});

it("takes no series where there is no archive", async () => {
  const server = await RunningServer.start([bundle], { cwd: folder });
  expect((await asked(server, { study, series })).status).toBe(422);
  await server.stop();
});
