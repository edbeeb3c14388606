/**
 * A server under four times its capacity: real scans, odd clients, and a Redis that comes and goes.
 *
 * usage: node bench/server-load/main.mjs [--minutes 10] [--seed 1] [--times 4] [--data ../shared/data] [--bundle bundle]
 *        [--capacity-seconds 60] [--disturbances frozen,stopped,killed,emptied] [--remark TEXT] [--out docs/results/server-load.md]
 *
 * Linux; needs redis-server. Beside the page it writes a picture (.svg) and what both were made of (.json). Ends with 1 where a
 * promise was broken. Where there is no folder of real volumes, phantoms are sent.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { redisMissing } from "../survival/job.mjs";
import { audit } from "./audit.mjs";
import { measureCapacity } from "./capacity.mjs";
import { courseOf, disturb, disturbances } from "./disturbances.mjs";
import { figuresOf, seriesOf } from "./figures.mjs";
import { startInstallation, usageOf } from "./installation.mjs";
import { pageOf } from "./page.mjs";
import { pictureOf } from "./plot.mjs";
import { promisesOf } from "./promises.mjs";
import { makeScans } from "./scans.mjs";
import { startProcess } from "./talk.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    times: { type: "string", default: "4" },
    data: { type: "string", default: process.env.SURESEG_DATA ?? "../shared/data" },
    bundle: { type: "string", default: "bundle" },
    "capacity-seconds": { type: "string", default: "60" },
    disturbances: { type: "string", default: Object.keys(disturbances).join() },
    remark: { type: "string" },
    out: { type: "string", default: "docs/results/server-load.md" },
  },
});
if (redisMissing !== undefined) throw new Error(redisMissing);

const seed = Number(values.seed);
const seconds = Math.round(Number(values.minutes) * 60);
/** Longest silence in an upload, of which the silent clients know. */
const IDLE_SECONDS = Math.round(Math.min(10, Math.max(4, seconds / 60)));
/** For what was accepted last to be worked, and for what Redis forgot to be put back. */
const PATIENCE = 240;
/** Between two questions after `/health`, in milliseconds. */
const HEALTH_EVERY = 50;

const LIMITS = ["--max-idle", `${IDLE_SECONDS}s`, "--max-kept", "10000", "--keep", "2h"];

const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Looks each second at what processes use and at how much the machine has to do, until it is told to stop. */
function watchUsage(processes) {
  const usage = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
  const machine = [];
  const timer = setInterval(() => {
    const at = Date.now();
    for (const [name, child] of Object.entries(processes)) usage[name].push({ at, ...usageOf(child) });
    machine.push(loadavg()[0]);
  }, 1000);
  return () => {
    clearInterval(timer);
    return { usage, machine };
  };
}

/** The load, the odd clients, the questions after health and the disturbances, all at once. */
async function underLoad({ address, redis, processes }, scans, rate) {
  const common = { address, scans, seconds, seed, patience: PATIENCE };
  const from = Date.now();
  const healthy = startProcess("health.mjs", { address, every: HEALTH_EVERY });
  const loading = startProcess("load.mjs", { ...common, rate });
  const odd = startProcess("odd-clients.mjs", {
    ...common,
    slowness: Math.min(20, seconds / 10),
    idleSeconds: IDLE_SECONDS,
  });
  const stopWatching = watchUsage(processes);
  try {
    const kinds = values.disturbances.split(",");
    const course = courseOf(seconds, seed).filter(({ kind }) => kinds.includes(kind));
    const away = await disturb(redis, course);
    const load = await loading.answer;
    const span = { from, to: Math.max(...load.answers.map(({ at }) => at)) };
    const { turns } = await odd.answer;
    healthy.stop();
    const { probes } = await healthy.answer;
    return {
      span,
      away,
      load,
      odd: { turns },
      health: { probes: probes.filter(([at]) => at <= span.to) },
      ...stopWatching(),
    };
  } finally {
    stopWatching();
    for (const one of [healthy, loading, odd]) one.kill();
  }
}

const scratch = mkdtempSync(join(tmpdir(), "sureseg-load-"));
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const { bundle } = values;
say("what predict says of the scans");
const scans = await makeScans(join(scratch, "scans"), { data: values.data, bundle });
say(`${scans.length} scans`);
const installation = await startInstallation(scratch, { bundle, limits: LIMITS });
process.once("exit", installation.stop);
for (const [name, child] of Object.entries(installation.processes)) {
  child.once("exit", (status) => {
    say(`BROKEN the ${name} ended with ${status}; what is left lies in ${scratch}`);
    process.exit(1);
  });
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const { address } = installation;
const capacity = await measureCapacity(address, scans, {
  seconds: Number(values["capacity-seconds"]),
  seed,
  patience: PATIENCE,
});
const rate = (Number(values.times) * capacity.fullQueue) / 60;
say(
  `capacity ${capacity.fullQueue.toFixed(1)} jobs a minute; ${rate.toFixed(2)} scans a second for ${seconds} s`,
);
const recorded = await underLoad(installation, scans, rate);
say("the load is over; what clients left is looked at");
const left = new Map(recorded.odd.turns.filter((turn) => turn.left).map(({ id, scan }) => [id, scan]));
const audited = await audit(installation, scans, { left, patience: PATIENCE });
const figures = figuresOf({ ...recorded, capacity, audited, log: installation.log() });
const promises = promisesOf(figures);
const series = seriesOf(recorded);
const settings = {
  minutes: values.minutes,
  seed,
  commit,
  machine: `${cpus().length} cores (${cpus()[0].model.trim()})`,
  remark: values.remark,
};
const beside = (ending) => values.out.replace(/\.md$/, ending);
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(beside(".json"), `${JSON.stringify({ settings, promises, figures, series })}\n`);
writeFileSync(beside(".svg"), pictureOf(series));
writeFileSync(values.out, pageOf({ figures, promises, series, scans, settings }, beside(".svg")));
for (const { promise, found, kept } of promises) say(`${kept ? "kept  " : "BROKEN"} ${promise}: ${found}`);

installation.stop();
const broken = promises.some(({ kept }) => !kept);
if (broken) say(`what is left lies in ${scratch}`);
else rmSync(scratch, { recursive: true, force: true });
process.exit(broken ? 1 : 0);
