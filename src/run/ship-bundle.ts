/** From a trained run to a bundle that is passed on: measured on held-out volumes, its weights in half precision where the numbers hold. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { groupBy, UserError, type WorkHooks } from "../base/index.js";
import { MANIFEST, type OpenedBundle, openNetworks, withMetrics } from "../bundle/index.js";
import { writeFileAtomically, writeFilesTogether } from "../dataset/index.js";
import {
  type CaseResult,
  cardMetrics,
  type Evaluation,
  evaluateForeign,
  type ForeignFolder,
  meansByDataset,
} from "../evaluation/index.js";
import type { Engine } from "../graph/index.js";
import { describeNetwork } from "../network/index.js";
import { readBundleFiles, readBundleFolder } from "./bundle-folder.js";
import type { Configuration } from "./configuration.js";
import { evaluateRun } from "./evaluate-run.js";
import { packRun } from "./pack-run.js";
import { type PreparedRun, runFiles } from "./prepare-run.js";

/** Most bytes of all files of a bundle that is passed on: what a page can load and a package can carry. */
export const MOST_SHIPPED_BYTES = 6_000_000;

/** A mean Dice of a dataset that falls by more is a loss. */
const MOST_DICE_LOST = 0.002;

export interface ShipOptions {
  /** Where the bundle goes. */
  readonly folder: string;
  /** Folders of images that the guard should recognise as foreign. */
  readonly foreign: readonly ForeignFolder[];
}

export interface ShippedBundle {
  readonly evaluation: Evaluation;
  readonly bytes: number;
  /** What half precision changed against single precision. */
  readonly change: PrecisionChange;
  readonly weights: "single" | "half";
  readonly warnings: readonly string[];
}

/** What becomes of the same held-out volumes with weights in half precision. */
export interface PrecisionChange {
  /** The largest fall of a dataset's mean Dice; below 0 where all rise. */
  readonly diceLost: number;
  /** Volumes whose verdict is another one. */
  readonly verdicts: number;
}

/**
 * @param run trained, and packed in single precision
 * @throws UserError where the bundle is larger than a shipped one may be
 */
export async function shipBundle(
  run: PreparedRun,
  { folder, foreign }: ShipOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<ShippedBundle> {
  const { output } = run.configuration;
  const single = join(output, runFiles.bundle);
  const half = join(output, "half-precision");
  const last = join(output, "shipped");
  try {
    const { seen } = await packRun(run, { folder: half, weights: "half" }, engine, hooks);
    const measure = (opened: OpenedBundle) => evaluateRun(run, opened, { foreign }, hooks);
    const before = await withOpened(run, single, engine, measure);
    const after = await withOpened(run, half, engine, measure);
    const change = precisionChange(before, after);
    const weights = change.diceLost <= MOST_DICE_LOST && change.verdicts === 0 ? "half" : "single";
    const measured = weights === "half" ? after : before;
    // Measured test images calibrate as well: more images keep the promise better.
    await writeFileAtomically(join(output, runFiles.evaluation), `${JSON.stringify(measured, null, 1)}\n`);
    const final = { folder: last, weights, calibrateOn: "validation-and-test", seen } as const;
    const { warnings } = await packRun(run, final, engine, hooks);
    // Foreign images calibrate nothing: the guard that ships judges them.
    const judge = (opened: OpenedBundle) => evaluateForeign(opened, foreign, hooks);
    const { results } = await withOpened(run, last, engine, judge);
    const metrics = cardMetrics({ ...measured, foreign: results }, BEFORE);
    const files = await withMetrics(await readBundleFiles(last), metrics);
    const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
    refuseTooLarge(bytes, folder);
    const named = Object.entries(files).sort(([a], [b]) => Number(a === MANIFEST) - Number(b === MANIFEST));
    await writeFilesTogether(named.map(([name, content]) => [join(folder, name), content]));
    return { evaluation: measured, bytes, change, weights, warnings };
  } finally {
    for (const made of [half, last]) await rm(made, { recursive: true, force: true });
  }
}

/** Images that calibrate the guard say nothing of it any more: their verdicts on the card are those of before. */
const BEFORE = ", by the guard that they did not calibrate yet";

/** Opens a bundle of the run for some work, and releases it whatever becomes of that. */
async function withOpened<Result>(
  { configuration }: PreparedRun,
  folder: string,
  engine: Engine,
  work: (opened: OpenedBundle) => Promise<Result>,
): Promise<Result> {
  const bundle = await readBundleFolder(folder);
  const opened = await openNetworks(engine, bundle, { threads: configuration.threads });
  try {
    return await work(opened);
  } finally {
    await opened.session.release();
  }
}

export function precisionChange(before: Evaluation, after: Evaluation): PrecisionChange {
  const means = new Map(meansByDataset(after.cases).map(({ dataset, dice }) => [dataset, dice]));
  const lost = meansByDataset(before.cases).map(({ dataset, dice }) => dice - means.get(dataset)!);
  const verdicts = verdictsOf(after);
  return {
    diceLost: lost.length === 0 ? 0 : Math.max(...lost),
    verdicts: [...verdictsOf(before)].filter(([key, foreign]) => verdicts.get(key) !== foreign).length,
  };
}

function verdictsOf({ cases, foreign }: Evaluation): Map<string, boolean> {
  const keyOf = (from: string, id: string): string => JSON.stringify([from, id]);
  const inside = groupBy(cases, (one: CaseResult) => keyOf(one.dataset, one.case));
  return new Map([
    ...[...inside].map(([key, [first]]) => [key, first!.verdict.foreign] as const),
    ...foreign.map((one) => [keyOf(`foreign ${one.source}`, one.case), one.verdict.foreign] as const),
  ]);
}

/** Asked before the training. @throws UserError where the network alone is larger than a shipped bundle may be */
export function refuseTooLargeNetwork({ network }: Configuration): void {
  const { layout } = describeNetwork({ ...network, inputChannels: 1, outputChannels: 1 });
  const parameters = layout.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
  refuseTooLarge(parameters * 2, "network");
}

function refuseTooLarge(bytes: number, subject: string): void {
  if (bytes <= MOST_SHIPPED_BYTES) return;
  throw new UserError({
    subject,
    found: `${bytes} bytes`,
    expected: `at most ${MOST_SHIPPED_BYTES}, which a page can load`,
    advice: "Train a smaller network: fewer network.channels or network.levels.",
  });
}
