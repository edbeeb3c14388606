/** A job for a worker as a work that ends: its results are fetched over HTTP, as a client would. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { binary, killGroup, sleep } from "./processes.mjs";

export const redisMissing = (() =>
  spawnSync("redis-server", ["--version"]).status === 0 ? undefined : "redis-server is not installed")();

export const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Starts a process and waits for its first line on stdout. */
export async function started(command, args, environment = {}) {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const line = await new Promise((done, fail) => {
    child.stdout.once("data", (chunk) => done(String(chunk).trim()));
    child.once("close", () => fail(new Error(stderr)));
  });
  return { child, line, stderr: () => stderr };
}

/** Redis and one worker that stands by; they outlive the disturbances. */
let redisUrl;
const standing = [];

export function stopStanding() {
  for (const { child } of standing) killGroup(child.pid);
}

async function queue() {
  if (redisUrl !== undefined) return redisUrl;
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", ""];
  standing.push(await started("redis-server", args));
  redisUrl = `redis://127.0.0.1:${port}`;
  return redisUrl;
}

/** The server and the job of a folder: they stay while workers come and go. */
const jobs = new Map();

async function jobOf(place, folder, environment) {
  const work = join(folder, "work");
  const common = [place.bundle, "--queue", await queue(), "--work", work];
  const known = jobs.get(folder);
  if (known !== undefined) return known;
  const serve = [binary, "serve", ...common, "--port", "0"];
  const server = await started(process.execPath, serve, environment);
  const job = { common, server, address: server.line };
  jobs.set(folder, job);
  return job;
}

export function endJob(folder) {
  const job = jobs.get(folder);
  if (job !== undefined) killGroup(job.server.child.pid);
  jobs.delete(folder);
}

async function send(place, address) {
  const form = new FormData();
  const [image] = place.images;
  form.append("modality", "CT");
  form.append("image", new Blob([readFileSync(image)]), basename(image));
  const response = await fetch(`${address}/api/jobs`, { method: "POST", body: form });
  const body = await response.json();
  return response.status === 202 ? body.id : Promise.reject(new Error(JSON.stringify(body)));
}

/** Sends the image, once for each folder, starts a worker and waits until the job is over. */
export function startJob(place, folder, environment) {
  let worker;
  const stopped = false;
  const ended = (async () => {
    try {
      const job = await jobOf(place, folder, environment);
      job.id ??= await send(place, job.address);
      worker = await started(
        process.execPath,
        [binary, "worker", ...job.common, "--max-silence", "2s", "--threads", "1"],
        environment,
      );
      while (!stopped && worker.child.exitCode === null && worker.child.signalCode === null) {
        const state = await (await fetch(`${job.address}/api/jobs/${job.id}`)).json();
        if (state.state === "failed") {
          delete job.id;
          return { status: 1, stderr: `error: ${state.failure}\n` };
        }
        if (state.state === "done") return await fetched(job, state, folder);
        await sleep(200);
      }
      return { status: null, stderr: "" };
    } catch (error) {
      return { status: 1, stderr: `error: ${error.message}\n` };
    } finally {
      if (worker !== undefined) killGroup(worker.child.pid);
    }
  })();
  const pids = () => (worker === undefined ? [] : [worker.child.pid]);
  return { ended, pids, stop: () => pids().forEach(killGroup), ready: () => worker !== undefined };
}

async function fetched(job, { results, attempts }, folder) {
  const { address, id } = job;
  const target = join(folder, "fetched");
  mkdirSync(target, { recursive: true });
  for (const { name, href } of results) {
    const bytes = new Uint8Array(await (await fetch(`${address}${href}`)).arrayBuffer());
    writeFileSync(join(target, name), bytes);
  }
  const gone = await fetch(`${address}/api/jobs/${id}`, { method: "DELETE" });
  // A worker that is killed from now on was killed after its work: whoever starts another one sends the image again.
  delete job.id;
  return { status: gone.status === 204 ? 0 : 1, stderr: "", attempts };
}
