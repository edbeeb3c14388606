/** Measures a trained run on its held-out volumes, and its guard on foreign images. */
import type { WorkHooks } from "../base/index.js";
import type { OpenedBundle } from "../bundle/index.js";
import {
  calibrationRows,
  type Evaluation,
  evaluateCases,
  evaluateForeign,
  type ForeignFolder,
  guardFigures,
  pooledReliability,
  trainingSignatures,
  type Witness,
} from "../evaluation/index.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

export interface EvaluateRunOptions {
  /** Folders of images that the guard should recognise as foreign. */
  readonly foreign?: readonly ForeignFolder[];
  readonly witness?: Witness;
}

/** @param opened the run's own bundle */
export async function evaluateRun(
  run: PreparedRun,
  opened: OpenedBundle,
  { foreign = [], witness }: EvaluateRunOptions,
  hooks: WorkHooks,
): Promise<Evaluation> {
  const { bundle } = opened;
  const inside = await evaluateCases(opened, partOf(run, "test"), { organs: run.organs, witness }, hooks);
  const outside = await evaluateForeign(opened, foreign, hooks, witness);
  return {
    created: new Date().toISOString(),
    bundle: bundle.fingerprint,
    temperature: bundle.calibration.temperature,
    cases: inside.cases,
    calibration: calibrationRows(inside.calibrations),
    reliability: pooledReliability(inside.calibrations),
    foreign: outside.results,
    signatures: [...trainingSignatures(bundle.guard), ...inside.signatures, ...outside.signatures],
    ...guardFigures(inside.cases, outside.results, bundle.guard),
  };
}
