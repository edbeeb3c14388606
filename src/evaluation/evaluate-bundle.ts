/** A bundle on images with references, and its guard on foreign images. */
import type { WorkHooks } from "../base/index.js";
import type { OpenedBundle } from "../bundle/index.js";
import type { PreparedCase } from "../dataset/index.js";
import type { OrganMap } from "../labels/index.js";
import { calibrationRows, pooledReliability } from "./calibration-summary.js";
import { evaluateCases } from "./evaluate-cases.js";
import { evaluateForeign, type ForeignFolder } from "./evaluate-foreign.js";
import type { Evaluation, Witness } from "./evaluation.js";
import { guardFigures } from "./guard-figures.js";
import { trainingSignatures } from "./signature-rows.js";
import { temperatureRows } from "./temperature-comparison.js";

export interface EvaluateBundleOptions {
  /** Of every dataset that the cases are from. */
  readonly organs: OrganMap;
  /** Folders of images that the guard should recognise as foreign. */
  readonly foreign?: readonly ForeignFolder[];
  readonly witness?: Witness;
}

/** @param items prepared as the bundle prepares images */
export async function evaluateBundle(
  opened: OpenedBundle,
  items: readonly PreparedCase[],
  { organs, foreign = [], witness }: EvaluateBundleOptions,
  hooks: WorkHooks,
): Promise<Evaluation> {
  const { bundle } = opened;
  const inside = await evaluateCases(opened, items, { organs, witness }, hooks);
  const outside = await evaluateForeign(opened, foreign, hooks, witness);
  return {
    created: new Date().toISOString(),
    bundle: bundle.fingerprint,
    temperature: bundle.calibration.temperature,
    cases: inside.cases,
    calibration: calibrationRows(inside.calibrations),
    temperatures: temperatureRows(inside.temperatures),
    reliability: pooledReliability(inside.calibrations),
    foreign: outside.results,
    signatures: [...trainingSignatures(bundle.guard), ...inside.signatures, ...outside.signatures],
    ...guardFigures(inside.cases, outside.results, bundle.guard),
  };
}
