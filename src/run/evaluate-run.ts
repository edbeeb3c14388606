/** Measures a trained run on its held-out volumes, and its guard on foreign images. */
import type { WorkHooks } from "../base/index.js";
import type { OpenedBundle } from "../bundle/index.js";
import {
  type Evaluation,
  evaluateBundle,
  type ForeignFolder,
  refuseCalibrationImages,
  type Witness,
} from "../evaluation/index.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

export interface EvaluateRunOptions {
  /** Folders of images that the guard should recognise as foreign. */
  readonly foreign?: readonly ForeignFolder[];
  readonly witness?: Witness;
}

/**
 * @param opened the run's own bundle
 * @throws UserError where the held-out volumes calibrated it
 */
export async function evaluateRun(
  run: PreparedRun,
  opened: OpenedBundle,
  options: EvaluateRunOptions,
  hooks: WorkHooks,
): Promise<Evaluation> {
  const items = partOf(run, "test");
  refuseCalibrationImages(opened.bundle.guard, items);
  return evaluateBundle(opened, items, { ...options, organs: run.organs }, hooks);
}
