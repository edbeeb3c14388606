/** Measures a trained run on its held-out volumes, and its guard on foreign images. */
import type { WorkHooks } from "../base/index.js";
import type { OpenedBundle } from "../bundle/index.js";
import { type Evaluation, evaluateBundle, type ForeignFolder, type Witness } from "../evaluation/index.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

export interface EvaluateRunOptions {
  /** Folders of images that the guard should recognise as foreign. */
  readonly foreign?: readonly ForeignFolder[];
  readonly witness?: Witness;
}

/** @param opened the run's own bundle */
export const evaluateRun = (
  run: PreparedRun,
  opened: OpenedBundle,
  options: EvaluateRunOptions,
  hooks: WorkHooks,
): Promise<Evaluation> =>
  evaluateBundle(opened, partOf(run, "test"), { ...options, organs: run.organs }, hooks);
