/**
 * How unsure a prediction is: entropy of one, and entropy, mutual information and disagreement of several predictions of
 * one image (passes with dropout, networks of an ensemble, flipped copies).
 *
 * In the label modes `shared`, `union` and `regions` a voxel is a Bernoulli variable of the channel whose (mean) probability is highest
 * there; in `exclusive`, where channels are classes that add up to one, a categorical variable. Entropies in nats.
 */
import { labelVoxels, type PredictedChannels } from "../labels/index.js";

/** Entropy of a Bernoulli variable, nats, 0 to ln 2. */
export const bernoulliEntropy = (p: number): number =>
  p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);

/** Largest entropy of a voxel, nats: ln 2, or in `exclusive` the logarithm of the number of channels. */
export const greatestEntropy = ({ channels, labelMode }: PredictedChannels): number =>
  Math.log(labelMode === "exclusive" ? channels : 2);

/** Entropy and mutual information of every voxel. */
export interface UncertaintyMaps {
  /** Of the members' mean probability: the total uncertainty. */
  readonly entropy: Float32Array;
  /** That less the mean of the members' entropies: what they disagree on (Houlsby et al. 2011). */
  readonly mutualInformation: Float32Array;
  /** Mean probability over members of the most probable channel. */
  readonly probability: Float32Array;
}

/**
 * @param members probabilities of one image, [channels x voxels] each
 * @throws RangeError where there is no member, or they differ in length
 */
export function uncertaintyMaps(
  members: readonly Float32Array[],
  predicted: PredictedChannels,
): UncertaintyMaps {
  const voxels = voxelsOf(members, predicted.channels);
  const maps: UncertaintyMaps = {
    entropy: new Float32Array(voxels),
    mutualInformation: new Float32Array(voxels),
    probability: new Float32Array(voxels),
  };
  const fill = predicted.labelMode === "exclusive" ? fillCategorical : fillBernoulli;
  fill(members, predicted.channels, maps);
  return maps;
}

function voxelsOf(members: readonly Float32Array[], channels: number): number {
  const length = members[0]?.length;
  if (length === undefined || members.some((member) => member.length !== length) || length % channels !== 0) {
    throw new RangeError("uncertainty: expected at least one member, all of the same number of voxels");
  }
  return length / channels;
}

function fillBernoulli(members: readonly Float32Array[], channels: number, maps: UncertaintyMaps): void {
  const voxels = maps.entropy.length;
  for (let voxel = 0; voxel < voxels; voxel++) {
    let best = -1;
    let at = voxel;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (const member of members) sum += member[channel * voxels + voxel]!;
      if (sum > best) {
        best = sum;
        at = channel * voxels + voxel;
      }
    }
    const mean = best / members.length;
    let own = 0;
    for (const member of members) own += bernoulliEntropy(member[at]!);
    const total = bernoulliEntropy(mean);
    maps.probability[voxel] = mean;
    maps.entropy[voxel] = total;
    // Rounding may leave a difference of equal numbers slightly negative.
    maps.mutualInformation[voxel] = Math.max(0, total - own / members.length);
  }
}

function fillCategorical(members: readonly Float32Array[], channels: number, maps: UncertaintyMaps): void {
  const voxels = maps.entropy.length;
  const share = (p: number): number => (p <= 0 ? 0 : -p * Math.log(p));
  for (let voxel = 0; voxel < voxels; voxel++) {
    let [best, total, own] = [-1, 0, 0];
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (const member of members) {
        const p = member[channel * voxels + voxel]!;
        sum += p;
        own += share(p);
      }
      const mean = sum / members.length;
      best = Math.max(best, mean);
      total += share(mean);
    }
    maps.probability[voxel] = best;
    maps.entropy[voxel] = total;
    maps.mutualInformation[voxel] = Math.max(0, total - own / members.length);
  }
}

/**
 * Means over the voxels predicted as foreground: those that the members' mean probability gives a label. Where nothing was
 * found: doubt at its greatest, since the images that a network is for contain an organ.
 */
export interface ForegroundUncertainty {
  /** Nats; `greatestEntropy` where nothing was found. */
  readonly entropy: number;
  /** Nats; `greatestEntropy` where nothing was found. */
  readonly mutualInformation: number;
  /** Of the label given; 0.5 (in `exclusive` 1 / channels) where nothing was found, the least that a label can have. */
  readonly maximumProbability: number;
  /**
   * 1 minus the mean Dice over all pairs of members' masks (Roy et al. 2019), 0 to 1. Voxels overlap where both members give
   * the same label. Two empty masks agree; 1 where no member found anything.
   */
  readonly disagreement: number;
}

/** One or several predictions of an image, read voxel by voxel: what figures of the whole image are made of. */
export interface VoxelReading {
  readonly predicted: PredictedChannels;
  /** Of the members' mean probability. */
  readonly labels: Uint8Array;
  readonly maps: UncertaintyMaps;
}

/** @throws RangeError as `uncertaintyMaps`, UserError where the channels do not suit the label mode */
export const readVoxels = (members: readonly Float32Array[], predicted: PredictedChannels): VoxelReading => ({
  predicted,
  maps: uncertaintyMaps(members, predicted),
  labels: labelVoxels(meanOf(members), predicted).labels,
});

/** Of a reading. */
export function foregroundMeans({
  predicted,
  labels,
  maps,
}: VoxelReading): Omit<ForegroundUncertainty, "disagreement"> {
  let [count, entropy, information, certainty] = [0, 0, 0, 0];
  labels.forEach((label, voxel) => {
    if (label === 0) return;
    count++;
    entropy += maps.entropy[voxel]!;
    information += maps.mutualInformation[voxel]!;
    certainty += maps.probability[voxel]!;
  });
  const nothing = count === 0;
  const most = greatestEntropy(predicted);
  return {
    entropy: nothing ? most : entropy / count,
    mutualInformation: nothing ? most : information / count,
    maximumProbability: nothing ? Math.exp(-most) : certainty / count,
  };
}

/** @throws as `readVoxels` */
export const foregroundUncertainty = (
  members: readonly Float32Array[],
  predicted: PredictedChannels,
): ForegroundUncertainty => ({
  ...foregroundMeans(readVoxels(members, predicted)),
  disagreement: disagreementOf(members.map((member) => labelVoxels(member, predicted).labels)),
});

function meanOf(members: readonly Float32Array[]): Float32Array {
  if (members.length === 1) return members[0]!;
  return members[0]!.map((_, at) => {
    let sum = 0;
    for (const member of members) sum += member[at]!;
    return sum / members.length;
  });
}

function disagreementOf(masks: readonly Uint8Array[]): number {
  const sizes = masks.map((mask) => mask.reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0));
  if (sizes.every((size) => size === 0)) return 1;
  let [sum, pairs] = [0, 0];
  for (let a = 0; a < masks.length; a++) {
    for (let b = 0; b < a; b++) {
      const [one, other] = [masks[a]!, masks[b]!];
      let overlap = 0;
      for (let at = 0; at < one.length; at++) if (one[at]! > 0 && one[at] === other[at]) overlap++;
      const size = sizes[a]! + sizes[b]!;
      sum += size === 0 ? 1 : (2 * overlap) / size;
      pairs++;
    }
  }
  return pairs === 0 ? 0 : 1 - sum / pairs;
}
