/**
 * How fast a server answers `/health` while it works on a scan; prints one JSON line.
 * usage: server-health.mjs BUNDLE IMAGE [MODALITY] [THREADS]
 */
import { spawn } from "node:child_process";
import { openAsBlob } from "node:fs";
import { resolve } from "node:path";

const [bundle, image, modality = "CT", threads] = process.argv.slice(2);
const binary = resolve(import.meta.dirname, "../dist/cli/main.js");
const limits = threads === undefined ? [] : ["--threads", threads];
const server = spawn(
  process.execPath,
  [binary, "serve", bundle, "--port", "0", "--log", "silent", ...limits],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
const address = String(await new Promise((done) => server.stdout.once("data", done))).trim();

const form = new FormData();
form.append("modality", modality);
form.append("image", await openAsBlob(image), "image");
const { id } = await (await fetch(`${address}/api/jobs`, { method: "POST", body: form })).json();
const milliseconds = [];
let job;
do {
  const started = performance.now();
  await (await fetch(`${address}/health`)).text();
  milliseconds.push(performance.now() - started);
  await new Promise((done) => setTimeout(done, 5));
  if (milliseconds.length % 20 === 0) job = await (await fetch(`${address}/api/jobs/${id}`)).json();
} while (job === undefined || job.finished === undefined);
milliseconds.sort((a, b) => a - b);
const at = (share) => Number(milliseconds[Math.ceil(share * milliseconds.length) - 1].toFixed(1));
console.log(
  JSON.stringify({
    state: job.state,
    seconds: (Date.parse(job.finished) - Date.parse(job.started)) / 1000,
    asked: milliseconds.length,
    milliseconds: { median: at(0.5), "99 %": at(0.99), largest: at(1) },
    above50: milliseconds.filter((value) => value > 50).length,
  }),
);
server.kill("SIGTERM");
