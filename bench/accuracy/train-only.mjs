/**
 * One training without the bundle: an experiment is judged by its validations, and fitting a guard takes longer than a short
 * training. Goes on from its last checkpoint where there is one; Ctrl-C stops it cleanly.
 *
 * usage: node bench/accuracy/train-only.mjs CONFIGURATION.yaml
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readConfiguration } from "../../dist/run/configuration.js";
import { nodeEngine } from "../../dist/run/engines/node.js";
import { openRun } from "../../dist/run/open-run.js";
import { writePlan } from "../../dist/run/plan.js";
import { prepareRun } from "../../dist/run/prepare-run.js";
import { trainNetwork } from "../../dist/run/train-network.js";
import { loadCheckpoint } from "../../dist/training/checkpoint.js";
import { lastCheckpoint } from "../../dist/training/loop.js";
import { trainingOf } from "../training-of.mjs";

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
const hooks = { stage: () => {}, progress: () => {}, signal: controller.signal };
const asked = await readConfiguration(process.argv[2]);
const folder = asked.output;
const last = lastCheckpoint(folder);
const begun = existsSync(last);
const run = begun ? await openRun(folder, hooks) : await prepareRun(asked, hooks);
if (!begun) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "configuration.yaml"), stringify(asked));
  await writePlan(run);
}
const from = begun ? await loadCheckpoint(last, run.network.layout) : undefined;
const end = await trainNetwork({ ...trainingOf(run, folder), from }, nodeEngine(), hooks);
if (end === "interrupted") process.exit(130);
writeFileSync(join(folder, "done"), `${end}\n`);
