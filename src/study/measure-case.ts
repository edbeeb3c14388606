/** Accuracy on the file's grid and calibration on the prepared grid, of one volume. */

import { toProbabilities } from "../bundle/index.js";
import { REGIONS, type Region, ReliabilityAccumulator, regionPart } from "../calibration/index.js";
import { loadLabels, type PreparedCase } from "../dataset/index.js";
import { channelTargets } from "../labels/index.js";
import { evaluateMask } from "../metrics/index.js";
import { restoreToOriginal } from "../preparation/index.js";
import { spacingOf, type Volume, voxelCount } from "../volume/index.js";
import type { CaseRow } from "./result/study-result.js";
import type { StudyData } from "./study-data.js";

/** A row of the study's result without what the unit says of it. */
export type MeasuredCase = Omit<CaseRow, "strategy" | "fold" | "seed">;

type Calibrations = Pick<CaseRow, "box" | "boxScaled" | "whole" | "wholeScaled">;

/** One row; of all organs of the case together in label mode `shared`, of each in `union` (the dataset's name then says which). */
export async function measureCase(
  data: StudyData,
  item: PreparedCase,
  logits: Volume<Float32Array>,
  temperature: number,
): Promise<MeasuredCase[]> {
  const raw = toProbabilities(logits, data.labels, 1);
  const scaled = toProbabilities(logits, data.labels, temperature);
  const onFile = restoreToOriginal(raw, item.original);
  const labels = await loadLabels(item.files.label as string);
  const index = data.datasets.findIndex(({ name }) => name === item.dataset);
  const { organs } = data.study.datasets[index]!;
  const targets = channelTargets(item, data.layout);
  return targets.map(({ channel, organ, labels: target }) => {
    const values = new Set(data.layout.mode === "shared" ? Object.values(organs).flat() : organs[organ]);
    const voxels = voxelCount(labels.shape);
    const probabilities = onFile.data.subarray(channel * voxels, (channel + 1) * voxels);
    const metrics = evaluateMask(
      Uint8Array.from(probabilities, (value) => (value >= 0.5 ? 1 : 0)),
      labels.data.map((value) => (values.has(value) ? 1 : 0)),
      labels.shape,
      spacingOf(labels.affine),
    );
    const calibrations = Object.fromEntries(
      REGIONS.flatMap((region) => [
        [nameOf(region, false), calibrationOf(region, target, item, raw, channel)],
        [nameOf(region, true), calibrationOf(region, target, item, scaled, channel)],
      ]),
    ) as unknown as Calibrations;
    return {
      dataset: targets.length > 1 ? `${item.dataset} ${organ}` : item.dataset,
      case: item.id,
      subject: item.subject,
      dice: metrics.dice,
      hd95: finite(metrics.hd95),
      assd: finite(metrics.assd),
      ...calibrations,
    };
  });
}

const nameOf = (region: Region, scaled: boolean): string =>
  `${region === "whole" ? "whole" : "box"}${scaled ? "Scaled" : ""}`;

function calibrationOf(
  region: Region,
  target: Uint8Array,
  item: PreparedCase,
  probabilities: Volume<Float32Array>,
  channel: number,
): CaseRow["box"] {
  const part = regionPart(region, target, item.image.shape, spacingOf(item.image.affine));
  const accumulator = new ReliabilityAccumulator();
  const voxels = target.length;
  if (part !== undefined) {
    const own = probabilities.data.subarray(channel * voxels, (channel + 1) * voxels);
    accumulator.add({ probabilities: own, reference: target }, { part });
  }
  const { ece, adaptiveEce, mce, brier, nll } = accumulator.result();
  return {
    ece: finite(ece),
    adaptiveEce: finite(adaptiveEce),
    mce: finite(mce),
    brier: finite(brier),
    nll: finite(nll),
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
