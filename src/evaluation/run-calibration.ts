/** Calibration of a run over its held-out volumes, by dataset and region, before and after temperature scaling. */

import { type Bundle, toProbabilities } from "../bundle/index.js";
import {
  type Calibration,
  REGIONS,
  type Region,
  ReliabilityAccumulator,
  type ReliabilityBin,
  regionPart,
} from "../calibration/index.js";
import type { PreparedCase } from "../dataset/index.js";
import { channelTargets } from "../labels/index.js";
import type { TargetLayout } from "../labels/targets.js";
import { spacingOf, type Volume, voxelCount } from "../volume/index.js";

export interface CalibrationRow {
  readonly dataset: string;
  readonly region: Region;
  readonly before: Calibration;
  readonly after: Calibration;
}

/** Reliability over all held-out volumes together. */
export interface ReliabilityRow {
  readonly region: Region;
  readonly before: readonly ReliabilityBin[];
  readonly after: readonly ReliabilityBin[];
}

interface ScalingPair {
  readonly before: ReliabilityAccumulator;
  readonly after: ReliabilityAccumulator;
}

const newPair = (): ScalingPair => ({
  before: new ReliabilityAccumulator(),
  after: new ReliabilityAccumulator(),
});

/** Adds up the calibration of one held-out volume after another, on the prepared grid: where the network speaks. */
export class RunCalibration {
  private readonly pairs = new Map<string, { dataset: string; region: Region } & ScalingPair>();

  constructor(
    private readonly bundle: Bundle,
    private readonly layout: TargetLayout,
  ) {}

  add(item: PreparedCase, logits: Volume<Float32Array>): void {
    const { labels: outputs, calibration } = this.bundle;
    const voxels = voxelCount(item.image.shape);
    const raw = toProbabilities(logits, outputs, 1);
    const scaled = toProbabilities(logits, outputs, calibration.temperature);
    for (const { channel, labels } of channelTargets(item, this.layout)) {
      const channelOf = (volume: Volume<Float32Array>): Float32Array =>
        volume.data.subarray(channel * voxels, (channel + 1) * voxels);
      for (const region of REGIONS) {
        const part = regionPart(region, labels, item.image.shape, spacingOf(item.image.affine));
        if (part === undefined) continue;
        const { before, after } = this.pairOf(item.dataset, region);
        before.add({ probabilities: channelOf(raw), reference: labels }, { part });
        after.add({ probabilities: channelOf(scaled), reference: labels }, { part });
      }
    }
  }

  rows(): CalibrationRow[] {
    return [...this.pairs.values()].map(({ dataset, region, before, after }) => ({
      dataset,
      region,
      before: before.result(),
      after: after.result(),
    }));
  }

  reliability(): ReliabilityRow[] {
    return REGIONS.map((region) => {
      const all = newPair();
      for (const pair of this.pairs.values()) {
        if (pair.region !== region) continue;
        all.before.merge(pair.before);
        all.after.merge(pair.after);
      }
      return { region, before: all.before.result().diagram, after: all.after.result().diagram };
    });
  }

  private pairOf(dataset: string, region: Region): ScalingPair {
    const key = `${region}|${dataset}`;
    const pair = this.pairs.get(key) ?? { dataset, region, ...newPair() };
    this.pairs.set(key, pair);
    return pair;
  }
}
