/** Rows of the study's result for one held-out volume of one network. */
import { labelsOnFile } from "../../bundle/index.js";
import { type CalibrationErrors, scaleProbabilities } from "../../calibration/index.js";
import { loadLabelsOf, type PreparedCase, type PreparedVoxels } from "../../dataset/index.js";
import { type CaseReference, finiteOrNull, measureCase } from "../../evaluation/index.js";
import { organsOf } from "../../labels/index.js";
import type { Volume } from "../../volume/index.js";
import type { StudyData } from "../data/study-data.js";
import type { CaseRow } from "../protocol/study-result.js";

/** A row of the study's result without what the unit says of it. */
export type MeasuredCase = Omit<CaseRow, "strategy" | "fold" | "seed">;

/**
 * One row; of all organs of the case together in label mode `shared`, of each in `union` (the dataset's name then says
 * which).
 *
 * @param uncalibrated probabilities on the prepared grid, before temperature scaling
 */
export async function caseRows(
  data: StudyData,
  item: PreparedCase & PreparedVoxels,
  uncalibrated: Volume<Float32Array>,
  temperature: number,
): Promise<MeasuredCase[]> {
  const probabilities = scaleProbabilities(uncalibrated, data.labels.activation, temperature);
  const { labels } = labelsOnFile(data, probabilities, item.placement);
  const reference: CaseReference = {
    labels: await loadLabelsOf(item.files, item.placement.original),
    target: item.target,
    organs: item.organs,
    values: organsOf(data.organs, item.dataset),
    ceiling: item.ceiling,
  };
  const measured = measureCase({ labels, uncalibrated, probabilities }, reference, data.layout);
  return measured.map(({ organ, dice, ceiling, hd95, assd, calibration: { whole, box10mm } }) => ({
    dataset: measured.length > 1 ? `${item.dataset} ${organ}` : item.dataset,
    case: item.id,
    subject: item.subject,
    dice,
    ceiling,
    hd95,
    assd,
    box: figuresOf(box10mm?.before),
    boxScaled: figuresOf(box10mm?.after),
    whole: figuresOf(whole?.before),
    wholeScaled: figuresOf(whole?.after),
  }));
}

const figuresOf = (errors: CalibrationErrors | undefined): CaseRow["box"] => ({
  ece: finiteOrNull(errors?.ece ?? Number.NaN),
  adaptiveEce: finiteOrNull(errors?.adaptiveEce ?? Number.NaN),
  mce: finiteOrNull(errors?.mce ?? Number.NaN),
  brier: finiteOrNull(errors?.brier ?? Number.NaN),
  nll: finiteOrNull(errors?.nll ?? Number.NaN),
});
