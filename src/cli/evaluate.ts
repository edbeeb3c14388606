/** `sureseg evaluate RUN`: figures on the held-out volumes, as a table and as JSON. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import { type Evaluation, type ForeignFolder, meansByDataset } from "../evaluation/index.js";
import type { Engine } from "../graph/index.js";
import { reportOf, SliceCollector } from "../report/from-evaluation.js";
import { saveReport } from "../report/save-report.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { evaluateRun } from "../run/evaluate-run.js";
import { openRun } from "../run/open-run.js";
import { type PreparedRun, runFiles } from "../run/prepare-run.js";
import { readLog } from "../training/log.js";
import { exitStatus } from "./exit-status.js";
import { currentCommit, machineLine } from "./provenance.js";

export async function evaluate(
  folder: string,
  options: { foreign?: string[]; json: boolean },
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const run = await openRun(folder, hooks);
  const foreign = (options.foreign ?? []).map((path) => ({ folder: path }));
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
  const session = await engine.open(bundle.model, { threads: run.configuration.threads });
  const slices = new SliceCollector();
  let evaluation: Evaluation;
  try {
    evaluation = await evaluateRun(run, { bundle, session }, { foreign, witness: slices.witness }, hooks);
  } finally {
    await session.release();
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

/** The figures that matter most, for a terminal. */
export function resultTable(evaluation: Evaluation): string {
  const number = (value: number | null, digits: number): string =>
    value === null ? "-" : value.toFixed(digits);
  const box = (dataset: string) =>
    evaluation.calibration.find((row) => row.dataset === dataset && row.region === "box10mm");
  const rows = meansByDataset(evaluation.cases).map(({ dataset, cases, found, dice, hd95, assd }) => [
    dataset,
    String(cases),
    found === cases ? "all" : `${found} of ${cases}`,
    number(dice, 3),
    number(hd95, 1),
    number(assd, 2),
    number(box(dataset)?.before.ece ?? null, 3),
    number(box(dataset)?.after.ece ?? null, 3),
  ]);
  const table = [["dataset", "cases", "found", "Dice", "HD95 mm", "ASSD mm", "ECE", "ECE scaled"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
  const { detection, guard } = evaluation;
  const percent = (share: number | null): string => (share === null ? "-" : `${(share * 100).toFixed(0)} %`);
  const promise =
    guard.alpha === undefined ? "" : ` (promised: at most ${(guard.alpha * 100).toFixed(0)} % on average)`;
  const far = detection
    ? `far-OOD AUROC ${detection.auroc.toFixed(3)}, foreign images caught ${percent(guard.caughtForeign)}; `
    : "";
  return `${lines.join("\n")}\n${far}false alarms on held-out volumes ${percent(guard.falseAlarmRate)}${promise}\n`;
}
