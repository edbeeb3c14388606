/** `sureseg evaluate RUN`: figures on the held-out volumes, as a table and as JSON. */

import { join } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import { openNetworks } from "../bundle/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import type { Evaluation, ForeignFolder } from "../evaluation/index.js";
import type { Engine } from "../graph/index.js";
import { reportOf, SliceCollector } from "../report/from-evaluation.js";
import { saveReport } from "../report/save-report.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { evaluateRun } from "../run/evaluate-run.js";
import { openRun } from "../run/open-run.js";
import { type PreparedRun, runFiles } from "../run/prepare-run.js";
import { readLog } from "../training/log.js";
import type { Modality } from "../volume/index.js";
import { evaluateBundleFolder } from "./evaluate-bundle.js";
import { exitStatus } from "./exit-status.js";
import { currentCommit, machineLine } from "./provenance.js";
import { resultTable } from "./result-table.js";

export interface EvaluateOptions {
  readonly foreign?: readonly string[];
  readonly json: boolean;
  /** With `labels`: the folder is a bundle's, and these are its held-out images. */
  readonly images?: string;
  readonly labels?: string;
  readonly modality?: readonly Modality[];
}

export async function evaluate(
  folder: string,
  options: EvaluateOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const { images, labels, modality } = options;
  const foreign = (options.foreign ?? []).map((path) => ({ folder: path }));
  if (images !== undefined && labels !== undefined) {
    const evaluation = await evaluateBundleFolder(
      folder,
      { images, labels, modality, foreign },
      engine,
      hooks,
    );
    process.stdout.write(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : resultTable(evaluation));
    return exitStatus.trusted;
  }
  if (images !== undefined || labels !== undefined) {
    throw new UserError({
      subject: images === undefined ? "--labels" : "--images",
      found: "one of the two alone",
      expected: "--images and --labels together, for a bundle, or neither, for a run",
      advice: "A run knows its held-out images; for a bundle name images and their label files.",
    });
  }
  const run = await openRun(folder, hooks);
  const { evaluation, report } = await evaluateAndSave(run, foreign, engine, hooks);
  process.stdout.write(
    options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${resultTable(evaluation)}${report}\n`,
  );
  return exitStatus.trusted;
}

/** Evaluates, and writes evaluation.json and the report into the run's folder. */
export async function evaluateAndSave(
  run: PreparedRun,
  foreign: readonly ForeignFolder[],
  engine: Engine,
  hooks: WorkHooks,
): Promise<{ evaluation: Evaluation; report: string }> {
  const folder = run.configuration.output;
  const bundle = await readBundleFolder(join(folder, runFiles.bundle));
  const opened = await openNetworks(engine, bundle, { threads: run.configuration.threads });
  const slices = new SliceCollector();
  let evaluation: Evaluation;
  try {
    evaluation = await evaluateRun(run, opened, { foreign, witness: slices.witness }, hooks);
  } finally {
    await opened.session.release();
  }
  await writeFileAtomically(join(folder, runFiles.evaluation), `${JSON.stringify(evaluation, null, 1)}\n`);
  const curves = await readLog(join(folder, runFiles.log));
  const report = await saveReport(
    folder,
    reportOf(run, evaluation, {
      curves,
      slices: slices.chosen(evaluation),
      commit: await currentCommit(),
      machine: machineLine(),
    }),
  );
  return { evaluation, report };
}
