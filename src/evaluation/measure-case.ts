/** Accuracy on the file's grid and calibration on the prepared grid, of one volume; runs and studies measure by this. */
import { Random } from "../base/index.js";
import {
  type Calibration,
  type ExpectedErrors,
  expectedErrors,
  REGIONS,
  type Region,
  ReliabilityAccumulator,
  regionPart,
} from "../calibration/index.js";
import type { ResolutionCeiling } from "../dataset/index.js";
import {
  type ChannelTarget,
  channelTargets,
  labelOfChannel,
  maskOfValues,
  type OrganSelection,
  scoredOrgans,
  type TargetLayout,
} from "../labels/index.js";
import { evaluateMask, organMask } from "../metrics/index.js";
import { channelOf, spacingOf, type Volume } from "../volume/index.js";

/** What a network said of one volume, as `predictPrepared` and `labelsOnFile` give it. */
export interface CasePrediction {
  /** The mask, on the file's grid. */
  readonly labels: Volume<Uint8Array>;
  /** On the prepared grid, before temperature scaling. */
  readonly uncalibrated: Volume<Float32Array>;
  /** The same after it. */
  readonly probabilities: Volume<Float32Array>;
}

/** What is true of that volume. */
export interface CaseReference {
  /** The label file. */
  readonly labels: Volume<Uint8Array>;
  /** On the prepared grid: value n is the n-th of `organs`. */
  readonly target: Uint8Array;
  readonly organs: readonly string[];
  /** The label file's values of each organ. */
  readonly values: OrganSelection;
  /** What the prepared voxels cost the organs. */
  readonly ceiling: ResolutionCeiling;
}

/** Calibration of one volume in one region, before and after temperature scaling. */
export interface ScalingPair {
  readonly before: Calibration;
  readonly after: Calibration;
  /** In the box: the errors of a perfectly calibrated network of the probabilities after scaling (see `expectedErrors`). */
  readonly expected?: ExpectedErrors;
}

/** One organ of one volume; in `shared` mode all organs of the dataset together. */
export interface MeasuredOrgan {
  readonly organ: string;
  readonly dice: number;
  /** Dice coefficient of the reference with itself after the prepared grid and back; null without an organ. */
  readonly ceiling: number | null;
  /** mm; null where one of the masks is empty. */
  readonly hd95: number | null;
  /** mm; null where one of the masks is empty. */
  readonly assd: number | null;
  readonly volumeMl: number;
  readonly referenceMl: number;
  /** By region; a region that does not exist (a box around nothing) is missing. */
  readonly calibration: Partial<Record<Region, ScalingPair>>;
}

/** @param layout the network's output channels */
export function measureCase(
  prediction: CasePrediction,
  reference: CaseReference,
  layout: TargetLayout,
): MeasuredOrgan[] {
  const { shape, affine, data } = reference.labels;
  const targets = channelTargets(reference, layout);
  return scoredOrgans(layout, reference.values).map(({ organ, channel, values }) => {
    const metrics = evaluateMask(
      organMask(prediction.labels.data, labelOfChannel(layout.mode, channel)),
      maskOfValues(data, values),
      shape,
      spacingOf(affine),
    );
    const target = targets.find((item) => item.channel === channel);
    return {
      organ,
      dice: metrics.dice,
      ceiling: ceilingOf(reference, organ, layout),
      hd95: finiteOrNull(metrics.hd95),
      assd: finiteOrNull(metrics.assd),
      volumeMl: metrics.volumesMl.prediction,
      referenceMl: metrics.volumesMl.reference,
      calibration: target === undefined ? {} : calibrationOf(prediction, target),
    };
  });
}

const ceilingOf = (
  { ceiling, organs }: CaseReference,
  organ: string,
  { mode }: TargetLayout,
): number | null => (mode === "shared" ? ceiling.together : (ceiling.organs[organs.indexOf(organ)] ?? null));

/** JSON has no NaN and no infinity: what is not defined is null. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

function calibrationOf(
  { uncalibrated, probabilities }: CasePrediction,
  { channel, labels }: ChannelTarget,
): MeasuredOrgan["calibration"] {
  const { shape, affine } = uncalibrated;
  const measured = REGIONS.flatMap((region): [Region, ScalingPair][] => {
    const part = regionPart(region, labels, shape, spacingOf(affine));
    if (part === undefined) return [];
    const errors = (volume: Volume<Float32Array>): Calibration => {
      const accumulator = new ReliabilityAccumulator();
      accumulator.add({ probabilities: channelOf(volume, channel), reference: labels }, { part });
      return accumulator.result();
    };
    const before = errors(uncalibrated);
    const after = probabilities === uncalibrated ? before : errors(probabilities);
    if (region === "whole") return [[region, { before, after }]];
    const own = channelOf(probabilities, channel);
    return [[region, { before, after, expected: expectedErrors(own, new Random(1), { part }) }]];
  });
  return Object.fromEntries(measured);
}
