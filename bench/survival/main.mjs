/**
 * What the commands survive: killed at random moments, on a full disk, with the clock set back. Each is gone on with or run again,
 * and what it leaves is compared by hash with what an undisturbed run leaves.
 *
 * usage: node bench/survival/main.mjs [--victims train,study,predict,worker] [--disturbances killed,full,clock]
 *        [--killed 50] [--full 20] [--clock 10] [--seed 1] [--minutes 60] [--state runs/survival.jsonl] [--out docs/results/survival.md]
 *
 * Linux; a full disk needs the right to mount. Trials are kept in the state file: a second call goes on where the first ended.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../dist/base/index.js";
import { disturbances, freshFolder } from "./disturbances.mjs";
import { endJob, redisMissing, stopStanding } from "./job.mjs";
import { makePlace } from "./place.mjs";
import { survivalTable } from "./table.mjs";
import { filesBelow, victims } from "./victims.mjs";

const { values } = parseArgs({
  options: {
    victims: { type: "string", default: Object.keys(victims).join() },
    disturbances: { type: "string", default: Object.keys(disturbances).join() },
    killed: { type: "string", default: "50" },
    full: { type: "string", default: "20" },
    clock: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "60" },
    state: { type: "string", default: "runs/survival.jsonl" },
    out: { type: "string" },
  },
});
const seed = Number(values.seed);
const until = performance.now() + Number(values.minutes) * 60_000;
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

mkdirSync(dirname(values.state), { recursive: true });
const trials = existsSync(values.state)
  ? readFileSync(values.state, "utf8")
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
  : [];
const scratch = mkdtempSync(join(tmpdir(), "sureseg-survival-"));

/** Names of what no work may leave: files under temporary names, claims of nobody. */
const leftBehind = (folder) =>
  filesBelow(folder).filter((path) => /\.partial$|\/claim$|-removal$/.test(path));

const sizeOf = (folder) => filesBelow(folder).reduce((sum, path) => sum + statSync(path).size, 0);

/** What a work does when nothing disturbs it. */
async function undisturbed(place, name) {
  const victim = victims[name];
  const folder = freshFolder(scratch, `${name}-undisturbed`);
  const began = performance.now();
  const work = victim.start(place, folder);
  let ready = began;
  while (work.ready?.() === false) {
    await Promise.race([work.ended, new Promise((done) => setTimeout(done, 20))]);
    ready = performance.now();
  }
  const { status, stderr } = await work.ended;
  if (![0, 3].includes(status)) throw new Error(`${name}: ${stderr}`);
  const milliseconds = performance.now() - ready;
  const { results } = victim;
  const usual = { milliseconds, bytes: sizeOf(folder), results, left: leftBehind, expected: results(folder) };
  endJob(folder);
  say(`${name}: ${Math.round(milliseconds / 1000)} s undisturbed, ${usual.expected.size} files of results`);
  return usual;
}

async function disturbOnce(place, name, kind, usual) {
  const number = trials.filter((one) => one.victim === name && one.kind === kind).length;
  const random = Random.stream(seed, "survival", name, kind, number);
  const folder = freshFolder(scratch, `${name}-${kind}-${number}`);
  const start = (where, environment) => victims[name].start(place, where, environment);
  const trial = await disturbances[kind].trial({ victim: name, folder, start, usual, random });
  const found = trial.results ?? usual.results(folder);
  const left = trial.left ?? leftBehind(folder);
  endJob(folder);
  const names = new Set([...found.keys(), ...usual.expected.keys()]);
  const different = [...names].filter((one) => found.get(one) !== usual.expected.get(one));
  const wrong = [
    ...trial.wrong,
    ...different.map((one) => `${one} is not that of an undisturbed run`),
    ...left.map((path) => `left behind: ${path.slice(folder.length + 1)}`),
  ];
  const record = { victim: name, kind, number, seed, commit, disturbed: trial.disturbed, wrong };
  trials.push(record);
  appendFileSync(values.state, `${JSON.stringify(record)}\n`);
  say(
    `${name} ${kind} ${number}: ${trial.disturbed} times${wrong.length ? `, WRONG: ${wrong.join("; ")}` : ""}`,
  );
  if (wrong.length === 0) rmSync(folder, { recursive: true, force: true });
}

const countOf = (name, kind) =>
  trials
    .filter((one) => one.victim === name && one.kind === kind)
    .reduce((sum, { disturbed }) => sum + disturbed, 0);

try {
  const place = await makePlace(join(scratch, "place"));
  const wanted = values.victims.split(",").filter((name) => name !== "worker" || redisMissing === undefined);
  const kinds = values.disturbances.split(",").filter((kind) => disturbances[kind].missing === undefined);
  const open = () =>
    wanted.flatMap((name) =>
      kinds.filter((kind) => countOf(name, kind) < Number(values[kind])).map((kind) => [name, kind]),
    );
  const usual = new Map();
  // Turns, so that whatever time there is goes to all of them.
  for (let pairs = open(); pairs.length > 0 && performance.now() < until; pairs = open()) {
    for (const [name, kind] of pairs) {
      if (performance.now() > until) break;
      if (!usual.has(name)) usual.set(name, await undisturbed(place, name));
      await disturbOnce(place, name, kind, usual.get(name));
    }
  }
} finally {
  stopStanding();
  if (values.out !== undefined) writeFileSync(values.out, survivalTable(trials));
}
const wrong = trials.filter((trial) => trial.wrong.length > 0);
say(`${trials.length} trials, ${wrong.length} of them wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
if (wrong.length === 0) rmSync(scratch, { recursive: true, force: true });
