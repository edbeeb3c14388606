/**
 * How unsure a prediction is: entropy of one, and entropy, mutual information and disagreement of several predictions of
 * one image (passes with dropout, networks of an ensemble, flipped copies).
 *
 * A voxel is a Bernoulli variable of the channel whose (mean) probability is highest there. Entropies in nats.
 */

/** Entropy of a Bernoulli variable, nats, 0 to ln 2. */
export const bernoulliEntropy = (p: number): number =>
  p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);

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
export function uncertaintyMaps(members: readonly Float32Array[], channels: number): UncertaintyMaps {
  const length = members[0]?.length;
  if (length === undefined || members.some((member) => member.length !== length) || length % channels !== 0) {
    throw new RangeError("uncertainty: expected at least one member, all of the same number of voxels");
  }
  const voxels = length / channels;
  const entropy = new Float32Array(voxels);
  const mutualInformation = new Float32Array(voxels);
  const probability = new Float32Array(voxels);
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
    probability[voxel] = mean;
    entropy[voxel] = total;
    // Rounding may leave a difference of equal numbers slightly negative.
    mutualInformation[voxel] = Math.max(0, total - own / members.length);
  }
  return { entropy, mutualInformation, probability };
}

/**
 * Means over the voxels predicted as foreground (mean probability at least 0.5 in any channel). Where nothing was found:
 * doubt at its greatest, since the images that a network is for contain an organ.
 */
export interface ForegroundUncertainty {
  /** Nats; ln 2 where nothing was found. */
  readonly entropy: number;
  /** Nats; ln 2 where nothing was found. */
  readonly mutualInformation: number;
  /** Of the more probable class, 0.5 to 1; 0.5 where nothing was found. */
  readonly maximumProbability: number;
  /** 1 minus the mean Dice over all pairs of members' masks (Roy et al. 2019), 0 to 1; 1 where no member found anything. */
  readonly disagreement: number;
}

/** @throws RangeError as `uncertaintyMaps` */
export function foregroundUncertainty(
  members: readonly Float32Array[],
  channels: number,
): ForegroundUncertainty {
  const maps = uncertaintyMaps(members, channels);
  let [count, entropy, information, certainty] = [0, 0, 0, 0];
  maps.probability.forEach((probability, voxel) => {
    if (probability < 0.5) return;
    count++;
    entropy += maps.entropy[voxel]!;
    information += maps.mutualInformation[voxel]!;
    certainty += probability;
  });
  const nothing = count === 0;
  return {
    entropy: nothing ? Math.LN2 : entropy / count,
    mutualInformation: nothing ? Math.LN2 : information / count,
    maximumProbability: nothing ? 0.5 : certainty / count,
    disagreement: disagreementOf(members),
  };
}

function disagreementOf(members: readonly Float32Array[]): number {
  const sizes = members.map((member) => member.reduce((sum, value) => sum + (value >= 0.5 ? 1 : 0), 0));
  if (sizes.every((size) => size === 0)) return 1;
  let [sum, pairs] = [0, 0];
  for (let a = 0; a < members.length; a++) {
    for (let b = 0; b < a; b++) {
      const [one, other] = [members[a]!, members[b]!];
      let overlap = 0;
      for (let at = 0; at < one.length; at++) if (one[at]! >= 0.5 && other[at]! >= 0.5) overlap++;
      const size = sizes[a]! + sizes[b]!;
      sum += size === 0 ? 1 : (2 * overlap) / size;
      pairs++;
    }
  }
  return pairs === 0 ? 0 : 1 - sum / pairs;
}
