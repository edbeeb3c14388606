/** Held-out cases through the pipeline: accuracy, calibration and verdicts. */
import type { WorkHooks } from "../base/index.js";
import { labelsOnFile, type OpenedBundle, predictPrepared } from "../bundle/index.js";
import { loadImage, loadLabelsOf, type PreparedCase, readPreparedCase } from "../dataset/index.js";
import { layoutOf, maskOfValues, type OrganMap, organsOf, scoredOrgans } from "../labels/index.js";
import { organMask } from "../metrics/index.js";
import type { MeasuredCalibration } from "./calibration-summary.js";
import type { CaseResult, SignatureRow, Witness } from "./evaluation.js";
import { type CasePrediction, type CaseReference, measureCase } from "./measure-case.js";
import { signaturesOf } from "./signature-rows.js";
import { compareTemperatures, type MeasuredTemperatures } from "./temperature-comparison.js";

export interface EvaluatedCases {
  readonly cases: CaseResult[];
  readonly calibrations: MeasuredCalibration[];
  readonly signatures: SignatureRow[];
  readonly temperatures: MeasuredTemperatures[];
}

export interface EvaluateCasesOptions {
  /** Of every dataset that the cases are from. */
  readonly organs: OrganMap;
  readonly witness?: Witness;
}

/** One case after the other; nothing of a case is kept but its figures. */
export async function evaluateCases(
  opened: OpenedBundle,
  items: readonly PreparedCase[],
  { organs, witness }: EvaluateCasesOptions,
  hooks: WorkHooks,
): Promise<EvaluatedCases> {
  const { bundle } = opened;
  const { labelMode, organs: names } = bundle.labels;
  const layout = layoutOf(labelMode, names);
  const evaluated: EvaluatedCases = { cases: [], calibrations: [], signatures: [], temperatures: [] };
  hooks.stage("evaluating held-out volumes", items.length, "volumes");
  for (const [index, item] of items.entries()) {
    hooks.signal?.throwIfAborted();
    const { image, target } = await readPreparedCase(item);
    const prepared = { image, placement: item.placement };
    const predicted = await predictPrepared(opened, prepared, item.files.images[0]!, hooks.signal);
    const { labels } = labelsOnFile(bundle, predicted.probabilities, predicted.placement);
    const prediction: CasePrediction = { ...predicted, labels };
    const reference: CaseReference = {
      labels: await loadLabelsOf(item.files, item.placement.original),
      target,
      organs: item.organs,
      values: organsOf(organs, item.dataset),
      ceiling: item.ceiling,
    };
    evaluated.temperatures.push(...compareTemperatures(bundle, predicted, { ...item, target }));
    const { verdict, layers } = predicted;
    for (const { calibration, ...measured } of measureCase(prediction, reference, layout)) {
      evaluated.cases.push({ dataset: item.dataset, case: item.id, ...measured, verdict });
      evaluated.calibrations.push({ dataset: item.dataset, calibration });
    }
    evaluated.signatures.push(...signaturesOf(bundle.guard, { ...item, layers }, "test"));
    if (witness) await show(witness, item, prediction, reference);
    hooks.progress(index + 1);
  }
  return evaluated;

  async function show(
    witness: Witness,
    item: PreparedCase,
    { labels }: CasePrediction,
    reference: CaseReference,
  ): Promise<void> {
    const [first] = scoredOrgans(layout, reference.values);
    if (first === undefined) return;
    const image = await loadImage(item.files, bundle.labels.inputChannels.length);
    witness({
      dataset: item.dataset,
      case: item.id,
      image,
      reference: { ...reference.labels, data: maskOfValues(reference.labels.data, first.values) },
      prediction: { ...labels, data: organMask(labels.data, first.label) },
    });
  }
}
