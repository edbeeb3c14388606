/** Calibration over many volumes: means of the volumes' errors by dataset, and reliability diagrams of all voxels pooled. */
import { groupBy } from "../base/index.js";
import {
  type Calibration,
  type CalibrationErrors,
  type ExpectedErrors,
  REGIONS,
  type Region,
  type ReliabilityBin,
} from "../calibration/index.js";
import type { ScalingPair } from "./measure-case.js";

/** Means over volumes (and organs) where the region exists. */
export interface CalibrationRow {
  readonly dataset: string;
  readonly region: Region;
  readonly volumes: number;
  readonly before: CalibrationErrors;
  readonly after: CalibrationErrors;
  /** What a perfectly calibrated network of these probabilities would show by chance; in the box alone. */
  readonly expected?: ExpectedErrors;
}

/** Diagrams of all held-out volumes, every voxel counted once: pooled, not averaged over volumes. */
export interface ReliabilityRow {
  readonly region: Region;
  readonly before: readonly ReliabilityBin[];
  readonly after: readonly ReliabilityBin[];
}

export interface MeasuredCalibration {
  readonly dataset: string;
  readonly calibration: Partial<Record<Region, ScalingPair>>;
}

/** One row for each dataset and region, in order of appearance. */
export function calibrationRows(measured: readonly MeasuredCalibration[]): CalibrationRow[] {
  return [...groupBy(measured, ({ dataset }) => dataset)].flatMap(([dataset, own]) =>
    REGIONS.flatMap((region) => {
      const pairs = own.flatMap(({ calibration }) => calibration[region] ?? []);
      if (pairs.length === 0) return [];
      return {
        dataset,
        region,
        volumes: pairs.length,
        before: meanErrors(pairs.map(({ before }) => before)),
        after: meanErrors(pairs.map(({ after }) => after)),
        ...expectedOf(pairs),
      };
    }),
  );
}

function expectedOf(pairs: readonly ScalingPair[]): Pick<CalibrationRow, "expected"> {
  const expected = pairs.flatMap((pair) => pair.expected ?? []);
  if (expected.length === 0) return {};
  const mean = (field: keyof ExpectedErrors): number =>
    expected.reduce((sum, one) => sum + one[field], 0) / expected.length;
  return { expected: { ece: mean("ece"), adaptiveEce: mean("adaptiveEce"), ace: mean("ace") } };
}

/** Means over volumes. */
export function meanErrors(errors: readonly CalibrationErrors[]): CalibrationErrors {
  const mean = (field: keyof CalibrationErrors): number =>
    errors.reduce((sum, one) => sum + one[field], 0) / errors.length;
  return {
    ece: mean("ece"),
    adaptiveEce: mean("adaptiveEce"),
    ace: mean("ace"),
    mce: mean("mce"),
    brier: mean("brier"),
    nll: mean("nll"),
  };
}

/** One row a region, over all volumes. */
export function pooledReliability(measured: readonly MeasuredCalibration[]): ReliabilityRow[] {
  return REGIONS.map((region) => {
    const pairs = measured.flatMap(({ calibration }) => calibration[region] ?? []);
    return {
      region,
      before: pooledDiagram(pairs.map(({ before }) => before)),
      after: pooledDiagram(pairs.map(({ after }) => after)),
    };
  });
}

/** Bars of all voxels together, from the bars of each volume. */
function pooledDiagram(volumes: readonly Calibration[]): ReliabilityBin[] {
  const [first] = volumes;
  if (first === undefined) return [];
  return first.diagram.map(({ low, high }, bin) => {
    const bars = volumes.map(({ diagram }) => diagram[bin]!);
    const count = bars.reduce((sum, bar) => sum + bar.count, 0);
    const mean = (field: "confidence" | "frequency"): number | null =>
      count === 0 ? null : bars.reduce((sum, bar) => sum + bar.count * (bar[field] ?? 0), 0) / count;
    return { low, high, confidence: mean("confidence"), frequency: mean("frequency"), count };
  });
}
