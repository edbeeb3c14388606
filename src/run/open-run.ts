/** An earlier run, as its plan says: the same cases with the same bytes, in the same parts, or an error that says what is not. */

import { join, resolve } from "node:path";
import { caseKey, UserError, type WorkHooks } from "../base/index.js";
import type { PreparedCase } from "../dataset/index.js";
import { type Configuration, readConfiguration } from "./configuration.js";
import { changedSettings } from "./fingerprint.js";
import { reopenedFolds } from "./folds.js";
import { type Plan, readPlan, splitOf } from "./plan.js";
import {
  assembleRun,
  openRunDatasets,
  type PreparedRun,
  prepareRunCases,
  type RunDataset,
  type RunSettings,
  runFiles,
} from "./prepare-run.js";
import { settledByPlan } from "./resolution-plan.js";
import { settledAsAsked } from "./settled-configuration.js";

/**
 * The run in a folder, to be evaluated or packed. The folder may have been moved since.
 *
 * @throws UserError where there is no run, or the data or the configuration are not those that were planned
 */
export async function openRun(folder: string, hooks: WorkHooks): Promise<PreparedRun> {
  const output = resolve(folder);
  await readPlan(output);
  const configuration = await readConfiguration(join(output, runFiles.configuration));
  return reopenRun({ ...configuration, output }, hooks);
}

/**
 * The run in a configuration's output folder, to be gone on with: as its plan says, with whatever the configuration says
 * now about things that do not change the training.
 *
 * @throws UserError as `openRun`
 */
export async function reopenRun(configuration: Configuration, hooks: WorkHooks): Promise<PreparedRun> {
  const plan = await readPlan(configuration.output);
  await refuseOtherSettings(configuration);
  const datasets = await openRunDatasets(configuration);
  refuse(configuration, differences(plan, datasets));
  const settings = settledAsPlanned(configuration, plan);
  const cases = await prepareRunCases(settings.configuration, datasets, hooks);
  refuse(configuration, changedFiles(plan, cases));
  const run = assembleRun(settings, datasets, cases, splitOf(plan));
  if (run.fingerprint === plan.fingerprint) {
    return plan.folds === undefined ? run : reopenedFolds(run, plan.folds);
  }
  throw otherSettings(
    configuration,
    "a run that was planned with other settings, or by another version of sureseg",
  );
}

/** What the plan chose is not chosen again. */
function settledAsPlanned(asked: Configuration, { resolution }: Plan): RunSettings {
  const configuration = resolution === undefined ? settledAsAsked(asked) : settledByPlan(asked, resolution);
  if (configuration !== undefined) return { asked, configuration, resolution };
  throw otherSettings(asked, "a run that was planned with other settings: its spacing and patch were given");
}

/** What was added to, lost from or changed in the datasets since they were planned. */
function differences(plan: Plan, datasets: readonly RunDataset[]): string[] {
  const now = new Map(datasets.map((item) => [item.dataset.name, item]));
  const planned = new Map(plan.datasets.map((item) => [item.name, item]));
  const found = [
    ...lists(
      "added datasets",
      [...now.keys()].filter((name) => !planned.has(name)),
    ),
    ...lists(
      "lost datasets",
      [...planned.keys()].filter((name) => !now.has(name)),
    ),
  ];
  const [added, lost, otherSubject]: string[][] = [[], [], []];
  for (const { dataset, organs } of datasets) {
    const before = planned.get(dataset.name);
    if (before === undefined) continue;
    if (JSON.stringify(Object.entries(organs)) !== JSON.stringify(Object.entries(before.organs)))
      found.push(`other organs of ${dataset.name}`);
    const labelled = dataset.cases.filter(({ label }) => label !== undefined);
    const subjects = new Map(labelled.map(({ id, subject }) => [id, subject]));
    const known = new Map(before.cases.map(({ id, subject }) => [id, subject]));
    const key = (id: string): string => caseKey({ dataset: dataset.name, id });
    for (const [id, subject] of subjects) {
      if (!known.has(id)) added!.push(key(id));
      else if (known.get(id) !== subject) otherSubject!.push(key(id));
    }
    for (const id of known.keys()) if (!subjects.has(id)) lost!.push(key(id));
  }
  return [
    ...found,
    ...lists("added cases", added!),
    ...lists("lost cases", lost!),
    ...lists("cases of another subject", otherSubject!),
  ];
}

function changedFiles(plan: Plan, cases: readonly PreparedCase[]): string[] {
  const hashes = new Map(
    plan.datasets.flatMap(({ name, cases: own }) =>
      own.map(({ id, filesHash }) => [caseKey({ dataset: name, id }), filesHash]),
    ),
  );
  const changed = cases.filter((item) => hashes.get(caseKey(item)) !== item.filesHash);
  return lists("cases with other bytes", changed.map(caseKey));
}

const MOST_NAMED = 5;

function lists(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return [`${what}: ${names.slice(0, MOST_NAMED).join(", ")}${more}`];
}

function refuse({ output }: Configuration, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new UserError({
    subject: join(output, runFiles.plan),
    found: `data that are not those of the run: ${problems.join("; ")}`,
    expected: "every case of the plan and no other, with the same bytes",
    advice: "Put the dataset folders back as they were, or train anew into another output folder.",
  });
}

/** @throws UserError naming the settings that the run's own configuration, where it can still be read, has otherwise */
async function refuseOtherSettings(configuration: Configuration): Promise<void> {
  const path = join(configuration.output, runFiles.configuration);
  const before = await readConfiguration(path).catch(() => undefined);
  const changed = before === undefined ? [] : changedSettings(configuration, before);
  if (changed.length === 0) return;
  throw otherSettings(configuration, `a run with other settings: ${changed.slice(0, MOST_NAMED).join("; ")}`);
}

const otherSettings = ({ output }: Configuration, found: string): UserError =>
  new UserError({
    subject: join(output, runFiles.plan),
    found,
    expected: "the settings that change the training as they were",
    advice: "Undo the change, or train anew into another output folder.",
  });
