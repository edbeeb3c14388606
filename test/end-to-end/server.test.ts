/** `sureseg serve`: images in; masks, segmentations, confidence and verdicts out; and what it promises meanwhile. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import dicomParser from "dicom-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseFigures } from "../../src/bundle/index.js";
import { readVolume, writeVolume } from "../../src/sources/index.js";
import { determinantOf } from "../../src/volume/index.js";
import { readSegmentationFile } from "../segmentation-file.js";
import { type JobAnswer, RunningServer, type ServerEvent } from "./running-server.js";
import { slowBundle } from "./slow-bundle.js";
import { Workplace } from "./workplace.js";

const workplace = new Workplace();
const { folder, sureseg, configuration } = workplace;
const bundle = join(folder, "run", "bundle");
const slow = join(folder, "slow");
const endless = join(folder, "endless");
const phantomPath = join(folder, "data", "phantom_liver_ct", "imagesTr", "case_01.nii.gz");
const phantom = () => ({ name: "DOE^JANE.nii.gz", bytes: readFileSync(phantomPath) });
const fixture = (name: string) => ({
  name: "series.zip",
  bytes: readFileSync(join(import.meta.dirname, "../oracle/fixtures/dicom", `${name}.zip`)),
});
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const CT = { bundle: "tiny", modality: "CT" };

beforeAll(async () => {
  await workplace.fill();
  const { status, stderr } = await sureseg("train", configuration("run"), "--quiet");
  expect(status, stderr).toBe(0);
  await slowBundle(bundle, slow, "slow");
  await slowBundle(bundle, endless, "endless");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a server on loopback", () => {
  let server: RunningServer;
  const work = join(folder, "work");
  const page = join(folder, "page");

  beforeAll(async () => {
    mkdirSync(join(page, "assets"), { recursive: true });
    writeFileSync(join(page, "index.html"), "<!doctype html><head><title>The page</title></head>");
    writeFileSync(join(page, "assets", "engine.wasm"), "not really");
    server = await RunningServer.start(
      [bundle, slow, endless, "--work", work, "--page", page, "--log", "debug"],
      {
        cwd: folder,
      },
    );
  });

  afterAll(() => server.stop());

  const result = async (job: JobAnswer, name: string): Promise<Uint8Array> => {
    const { href } = job.results.find((one) => one.name === name)!;
    const response = await server.ask(href);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="scan_/);
    return new Uint8Array(await response.arrayBuffer());
  };

  it("gives the very bytes that predict writes: mask, confidence and verdict", async () => {
    const { status } = await sureseg("predict", bundle, phantomPath, "--modality", "CT", "--out", "same");
    expect([0, 3]).toContain(status);
    const { id } = await server.take(phantom(), CT);
    const job = await server.over(id);
    expect(job).toMatchObject({ state: "done", foreign: status === 3, attempts: 1 });
    for (const [name, file] of [
      ["mask", "case_01_mask.nii.gz"],
      ["confidence", "case_01_confidence.nii.gz"],
      ["verdict", "case_01_verdict.json"],
    ] as const) {
      expect(Buffer.from(await result(job, name))).toEqual(readFileSync(join(folder, "same", file)));
    }
    const figures = parseFigures(new TextDecoder().decode(await result(job, "figures")), "figures");
    const mask = await readVolume(await result(job, "mask"), "mask.nii.gz");
    const labels = Array.from(mask.data);
    const millilitres = Math.abs(determinantOf(mask.affine)) / 1000;
    const sizes = figures.volumes.map(
      ({ value }) => labels.filter((label) => label === value).length * millilitres,
    );
    expect(figures.volumes.map(({ mask }) => mask)).toEqual(sizes.map((size) => expect.closeTo(size, 6)));
    expect(job.results.map(({ name }) => name)).not.toContain("segmentation");
  });

  it("answers a zipped series with a DICOM segmentation of it, and knows its modality", async () => {
    const series = fixture("d0");
    const job = await server.over((await server.take(series, { bundle: "tiny" })).id);
    expect(job.state).toBe("done");
    const mask = await readVolume(await result(job, "mask"), "mask");
    const { dataSet, frames } = readSegmentationFile(await result(job, "segmentation"));
    expect(dataSet.string("x00080060")).toBe("SEG");
    const first = Object.values((await import("fflate")).unzipSync(series.bytes))[0]!;
    const uid = dicomParser.parseDicom(Uint8Array.from(first)).string("x0020000d");
    expect(dataSet.string("x0020000d")).toBe(uid);
    const marked = frames.reduce((sum, { pixels }) => sum + pixels.filter((pixel) => pixel > 0).length, 0);
    expect(marked).toBe(mask.data.filter((value) => value > 0).length);
  });

  it("keeps the format of the image: MetaImage in, MetaImage out", async () => {
    const volume = await readVolume(readFileSync(phantomPath), "phantom");
    const bytes = await writeVolume(volume, "image.mha");
    // What it is called and said to be does not count.
    const job = await server.over((await server.take({ name: "x.nii.gz", bytes, type: "text/html" }, CT)).id);
    expect(job.results.map(({ file }) => file)).toContain("scan_mask.mha");
  });

  it("says what is wrong with an image in words that name no path", async () => {
    const bytes = readFileSync(phantomPath).subarray(0, 900);
    const job = await server.over((await server.take({ name: "cut.nii.gz", bytes }, CT)).id);
    expect(job).toMatchObject({ state: "failed", results: [] });
    expect(job.failure).toMatch(/^image-0\.nii\.gz: found gzip data that is cut off or damaged/);
    expect(JSON.stringify(job)).not.toContain(folder);
    const unknown = await server.over((await server.take(phantom(), { bundle: "tiny" })).id);
    expect(unknown.failure).toMatch(/^modality: found nothing, expected one of CT or MR/);
  });

  it("tells of a job as it happens, and what a lost connection missed", async () => {
    const { id } = await server.take(phantom(), { ...CT, bundle: "slow" });
    const heard: ServerEvent[] = [];
    for await (const event of server.events(id)) heard.push(event);
    const kinds = heard.map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe("end");
    expect(heard.at(-1)!.data).toEqual({ state: "done" });
    const windows = heard.filter(({ data }) => data.stage === "predicting").map(({ data }) => data.done);
    expect(windows.length).toBeGreaterThan(2);
    expect(windows).toEqual([...windows].sort((a, b) => Number(a) - Number(b)));
    const ids = heard.map((event) => event.id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    // Of the progress, the latest of each stage is kept.
    const again: ServerEvent[] = [];
    for await (const event of server.events(id, ids.at(-3))) again.push(event);
    expect(again).toEqual(heard.slice(-2));
  });

  it.skipIf(!hasCurl)(
    "is used with curl as docs/server.md says (skipped where there is no curl)",
    async () => {
      const curl = (...args: string[]): string =>
        execFileSync("curl", ["--silent", "--show-error", "--fail", ...args], { encoding: "utf8" });
      const form = ["--form", `image=@${phantomPath}`, "--form", "bundle=tiny", "--form", "modality=CT"];
      const { id } = JSON.parse(curl(...form, `${server.address}/api/jobs`));
      const job = `${server.address}/api/jobs/${id}`;
      expect(curl("--no-buffer", `${job}/events`)).toMatch(/event: end\ndata: \{"state":"done"\}/);
      const mask = join(folder, "curl_mask.nii.gz");
      curl("--output", mask, `${job}/results/mask`);
      expect((await readVolume(readFileSync(mask), "mask")).shape).toEqual([24, 24, 20]);
      curl("--request", "DELETE", job);
      expect((await server.ask(`/api/jobs/${id}`)).status).toBe(404);
    },
  );

  it("deletes a job on demand, while it is worked too", async () => {
    const { id } = await server.take(phantom(), { ...CT, bundle: "endless" });
    let end: ServerEvent | undefined;
    let asked = false;
    for await (const event of server.events(id)) {
      if (event.data.stage === "predicting" && !asked) {
        asked = true;
        expect((await server.ask(`/api/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
      }
      end = event;
    }
    expect(end!.data).toEqual({ state: "deleted" });
    expect((await server.ask(`/api/jobs/${id}`)).status).toBe(404);
    expect(existsSync(join(work, "jobs", id))).toBe(false);
    // And goes on with the next.
    expect((await server.over((await server.take(phantom(), CT)).id)).state).toBe("done");
  });

  it("keeps the image no longer than the work on it, and all of it from other users of the machine", async () => {
    const { id } = await server.take(phantom(), CT);
    await server.over(id);
    expect(readdirSync(join(work, "jobs", id)).sort()).toEqual(["job.json", "results"]);
    expect(statSync(join(work, "jobs", id)).mode & 0o077).toBe(0);
  });

  it("lists its bundles, and gives their files to pages that compute themselves", async () => {
    const { bundles } = await server.json<{ bundles: { name: string; links: { files: string[] } }[] }>(
      "/api/bundles",
    );
    expect(bundles.map(({ name }) => name)).toEqual(["tiny", "slow", "endless"]);
    for (const href of bundles[0]!.links.files) {
      const bytes = Buffer.from(await (await server.ask(href)).arrayBuffer());
      expect(bytes).toEqual(readFileSync(join(bundle, href.split("/").at(-1)!)));
    }
    expect((await server.ask("/api/bundles/tiny/files/training.log")).status).toBe(404);
    expect((await server.ask("/api/bundles/absent")).status).toBe(404);
    expect((await server.send([phantom()], { bundle: "absent" })).status).toBe(422);
    expect((await server.send([phantom()])).status).toBe(422);
  });

  it("serves the page, isolated as threads of WebAssembly ask for", async () => {
    const response = await server.ask("/");
    const text = await response.text();
    expect(text).toContain("The page");
    // By this the page knows that it may ask for a server; static files say nothing of one.
    expect(text).toContain('<head><meta name="sureseg-server" content="api/" />');
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(response.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(response.headers.get("content-security-policy")).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
    const wasm = await server.ask("/assets/engine.wasm");
    expect(wasm.headers.get("content-type")).toBe("application/wasm");
    // What the page finds out from.
    expect(await server.json("/api/server")).toMatchObject({ software: "sureseg", authentication: "none" });
  });

  it("describes its API, on a page that asks nobody else for anything", async () => {
    const description = await server.json<{ openapi: string; paths: Record<string, object> }>(
      "/openapi.json",
    );
    expect(description.openapi).toBe("3.1.0");
    const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      "delete /api/jobs/{id}",
      "get /api/bundles",
      "get /api/bundles/{name}",
      "get /api/bundles/{name}/files/{file}",
      "get /api/jobs/{id}",
      "get /api/jobs/{id}/events",
      "get /api/jobs/{id}/results/{name}",
      "get /api/server",
      "get /health",
      "get /metrics",
      "get /ready",
      "post /api/jobs",
    ]);
    const page = await (await server.ask("/docs")).text();
    for (const path of Object.keys(description.paths)) expect(page).toContain(path);
    expect(page).not.toMatch(/<script|src=|https?:\/\//);
  });

  it("is healthy and ready, and counts for Prometheus", async () => {
    expect((await server.ask("/health")).status).toBe(200);
    expect((await server.ask("/ready")).status).toBe(200);
    const text = await (await server.ask("/metrics")).text();
    expect(text).toMatch(/^sureseg_jobs_total\{state="done"\} [1-9]/m);
    expect(text).toMatch(/^sureseg_jobs_total\{state="failed"\} 2$/m);
    expect(text).toMatch(/^sureseg_jobs_total\{state="deleted"\} 1$/m);
    expect(text).toMatch(/^sureseg_jobs\{state="waiting"\} 0$/m);
    expect(text).toMatch(
      /^sureseg_http_request_seconds_count\{method="POST",route="\/api\/jobs",status="202"\} /m,
    );
    // No label grows with what clients ask for.
    expect(text).not.toMatch(/[0-9a-f]{32}/);
  });

  it("logs nothing of an image or an address", async () => {
    await server.ask("/api/jobs/DOE%5EJANE?name=DOE");
    await server.ask("/DOE%5EJANE");
    await server.take({ name: "DOE^JANE", bytes: phantom().bytes }, CT);
    expect(server.logLines.length).toBeGreaterThan(10);
    expect(server.log).not.toMatch(/DOE|JANE|nii|phantom|sureseg-|\/tmp/);
  });
});

it("lets the pages in that it is told of, and them alone", async () => {
  const viewer = "https://viewer.example";
  const server = await RunningServer.start(
    [bundle, "--allow-origin", viewer, "--allow-host", "seg.example"],
    {
      cwd: folder,
    },
  );
  const from = (Origin: string, path: string, method = "GET", Host = "seg.example") =>
    server.raw(path, { method, headers: { Origin, Host } });
  // What a page may read includes why it was refused.
  for (const path of ["/api/bundles", "/api/jobs/absent"]) {
    const { headers, status } = await from(viewer, path);
    expect(status).toBe(path === "/api/bundles" ? 200 : 404);
    expect(headers).toMatchObject({
      "access-control-allow-origin": viewer,
      "cross-origin-resource-policy": "cross-origin",
      vary: "Origin",
    });
  }
  const preflight = await from(viewer, "/api/jobs", "OPTIONS");
  expect(preflight.status).toBe(204);
  expect(preflight.headers["access-control-allow-headers"]).toContain("Authorization");
  const own = await from("https://seg.example", "/api/bundles");
  expect(own.status).toBe(200);
  expect(own.headers["access-control-allow-origin"]).toBeUndefined();
  for (const origin of ["https://evil.example", "null", `${viewer}.evil.example`]) {
    expect((await from(origin, "/api/bundles")).status).toBe(403);
  }
  expect((await from(viewer, "/api/bundles", "GET", "evil.example")).status).toBe(421);
  await server.stop();
});

describe("limits", () => {
  it("refuses what is beyond the queue with 429 and when to come again, and takes again later", async () => {
    const server = await RunningServer.start([endless, "--max-queue", "1"], { cwd: folder });
    const fields = { modality: "CT" };
    const running = await server.take(phantom(), fields);
    for await (const { data } of server.events(running.id)) if (data.state === "running") break;
    const waiting = await server.take(phantom(), fields);
    const refused = await server.send([phantom()], fields);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await server.ask(`/api/jobs/${waiting.id}`, { method: "DELETE" });
    expect((await server.send([phantom()], fields)).status).toBe(202);
    await server.stop();
  });

  it("ends jobs that take too long, and deletes results after their time", async () => {
    const server = await RunningServer.start(
      [endless, "--max-time", "1s", "--keep", "1s", "--work", join(folder, "short")],
      { cwd: folder },
    );
    const { id } = await server.take(phantom(), { modality: "CT" });
    for await (const { kind, data } of server.events(id)) {
      if (kind === "end") expect(data).toEqual({ state: "failed" });
    }
    const job = await server.ask(`/api/jobs/${id}`);
    // It may be gone already where the machine is slow.
    if (job.ok) {
      expect(((await job.json()) as JobAnswer).failure).toBe("The job took longer than 1 s, its limit.");
    }
    await expect
      .poll(async () => (await server.ask(`/api/jobs/${id}`)).status, { timeout: 30_000, interval: 500 })
      .toBe(404);
    expect(readdirSync(join(folder, "short", "jobs"))).toEqual([]);
    await server.stop();
  });
});

describe("tokens", () => {
  const tokens = join(folder, "tokens.json");
  const make = async (client: string): Promise<string> =>
    (await sureseg("token", client, "--tokens", tokens)).stdout.trim();

  it("are asked for wherever the server listens beyond loopback", async () => {
    const { status, stderr } = await sureseg("serve", bundle, "--host", "0.0.0.0", "--port", "0");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: --host: found 0\.0\.0\.0.*no file of tokens/);
    const empty = await sureseg("serve", bundle, "--host", "0.0.0.0", "--tokens", tokens);
    expect(empty.stderr).toMatch(/tokens\.json: found no token/);
  });

  it("let in whoever has one, until it is taken back; jobs are their maker's alone", async () => {
    const viewer = await make("viewer");
    const archive = await make("archive");
    expect(viewer).toMatch(/^sureseg_[\w-]{43}$/);
    const kept = readFileSync(tokens, "utf8");
    expect(kept).not.toContain(viewer.slice(8));
    expect(statSync(tokens).mode & 0o077).toBe(0);
    expect((await sureseg("token", "viewer", "--tokens", tokens)).stderr).toMatch(
      /a token of viewer already/,
    );

    const server = await RunningServer.start([bundle, "--tokens", tokens, "--host", "0.0.0.0"], {
      cwd: folder,
      token: viewer,
    });
    const anonymous = (path: string, authorization?: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}${path}`, {
        headers: authorization === undefined ? {} : { authorization },
      });
    for (const path of ["/health", "/ready", "/api/server", "/openapi.json", "/docs"]) {
      expect((await anonymous(path)).status, path).toBe(200);
    }
    for (const path of ["/metrics", "/api/bundles", "/api/bundles/tiny/files/model.onnx", "/api/jobs/x"]) {
      const response = await anonymous(path);
      expect(response.status, path).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect((await anonymous(path, `Bearer ${viewer.slice(0, -1)}`)).status).toBe(401);
      expect((await anonymous(path, `Basic ${viewer}`)).status).toBe(401);
    }
    const { id } = await server.take(phantom(), { modality: "CT" });
    expect((await server.over(id)).state).toBe("done");
    for (const path of [`/api/jobs/${id}`, `/api/jobs/${id}/events`, `/api/jobs/${id}/results/mask`]) {
      expect((await anonymous(path, `Bearer ${archive}`)).status, path).toBe(404);
    }
    expect(server.log).not.toContain(viewer);
    expect(server.logLines.some(({ client }) => client === "viewer")).toBe(true);
    await sureseg("token", "viewer", "--tokens", tokens, "--revoke");
    expect((await server.ask(`/api/jobs/${id}`)).status).toBe(401);
    await server.stop();
  });
});

describe("the end", () => {
  it("by SIGTERM comes cleanly in the middle of a job, and leaves nothing of it", async () => {
    const work = join(folder, "ended");
    const server = await RunningServer.start([endless, "--work", work], { cwd: folder });
    const jobs = [
      await server.take(phantom(), { modality: "CT" }),
      await server.take(phantom(), { modality: "CT" }),
    ];
    for await (const { data } of server.events(jobs[0]!.id)) if (data.stage === "predicting") break;
    expect(readdirSync(join(work, "jobs"))).toHaveLength(2);
    expect(await server.stop()).toEqual({ status: 0, signal: null });
    expect(readdirSync(work)).toEqual(["jobs"]);
    expect(readdirSync(join(work, "jobs"))).toEqual([]);
    expect(server.log).not.toMatch(/"level":50/);
  });

  it("by SIGKILL leaves what the next start deletes; a folder in use is refused", async () => {
    const work = join(folder, "killed");
    const server = await RunningServer.start([bundle, "--work", work], { cwd: folder });
    await server.take(phantom(), { modality: "CT" });
    const second = await sureseg("serve", bundle, "--work", work, "--port", "0");
    expect(second.stderr).toMatch(/found a folder that another server uses/);
    await server.stop("SIGKILL");
    expect(readdirSync(join(work, "jobs"))).toHaveLength(1);
    const next = await RunningServer.start([bundle, "--work", work], { cwd: folder });
    expect(readdirSync(join(work, "jobs"))).toEqual([]);
    await next.stop();
  });
});

it("answers while the engine computes", async () => {
  const gaps = join(folder, "gaps");
  const blocking = join(folder, "blocking");
  await slowBundle(bundle, blocking, "blocking");
  const server = await RunningServer.start([blocking, "--threads", "1"], {
    cwd: folder,
    preload: resolve(import.meta.dirname, "event-loop-gap.mjs"),
    env: { GAP_FILES: gaps },
  });
  const { id } = await server.take(phantom(), { modality: "CT" });
  let answered = 0;
  const asking = (async () => {
    while ((await server.job(id)).state !== "done") {
      expect((await server.ask("/health")).status).toBe(200);
      answered += 1;
    }
  })();
  await server.over(id);
  await asking;
  expect(answered).toBeGreaterThan(3);
  await server.stop();
  const gap = (thread: string): number => Number(readFileSync(`${gaps}.${thread}`, "utf8"));
  expect(gap("worker")).toBeGreaterThan(200);
  expect(gap("main")).toBeLessThan(gap("worker") / 2);
});
