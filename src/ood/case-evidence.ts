import type { PredictedMask } from "../inference/index.js";
import type { LayerStatistics } from "./layer-statistics.js";

/**
 * How sure one prediction is of what it found: means over the voxels that it gives a label, of the channel whose
 * probability is highest (in label mode `exclusive` the entropy is of all channels together).
 *
 * Where nothing was found there is nothing to average. Training images contain an organ, so an empty prediction counts as
 * doubt at its greatest: entropy ln 2, maximum probability 0.5; in `exclusive` ln of the number of channels, and one over it.
 */
export interface PredictionConfidence {
  /** Entropy of the voxel's distribution, nats, 0 to ln 2 (`exclusive`: to ln of the number of channels). */
  readonly entropy: number;
  /** Probability of the label given, 0.5 (`exclusive`: one over the number of channels) to 1. */
  readonly maximumProbability: number;
}

/**
 * How much several predictions of one image differ: passes with dropout, networks of an ensemble, or transformed copies of
 * the image. Means over the voxels that the members' mean probability gives a label, with the ranges of `PredictionConfidence`.
 */
export interface MemberUncertainty {
  /** Entropy of the members' mean probability (total uncertainty), nats; the largest possible where nothing was found. */
  readonly entropy: number;
  /**
   * That entropy less the mean of the members' own entropies (what the members disagree on; Houlsby et al. 2011), nats;
   * the largest possible where nothing was found.
   */
  readonly mutualInformation: number;
  /**
   * 1 minus the mean Dice coefficient over all pairs of members' masks (Roy et al. 2019), 0 to 1. Two empty masks agree;
   * 1 where no member found anything.
   */
  readonly disagreement: number;
}

/**
 * Everything that detectors of foreign images may look at, gathered in one inference pass over one image.
 *
 * A detector that needs more than this adds an optional field here, fills it where evidence is gathered, and says which
 * field is missing when it is given a case without it.
 */
export interface CaseEvidence {
  readonly dataset: string;
  readonly id: string;
  /** The patient. Images of one patient resemble each other and must not vouch for each other. */
  readonly subject: string;
  /** Feature statistics by layer name. */
  readonly layers: Readonly<Record<string, LayerStatistics>>;
  /** Of the deterministic pass. */
  readonly confidence?: PredictionConfidence;
  /** Of the deterministic pass. */
  readonly mask?: PredictedMask;
  /** Of passes with dropout on (Gal and Ghahramani 2016). */
  readonly dropout?: MemberUncertainty;
  /** Of networks that differ in their seed (Lakshminarayanan et al. 2017). */
  readonly ensemble?: MemberUncertainty;
  /** Of predictions on transformed copies of the image, mapped back (test-time augmentation). */
  readonly augmentation?: MemberUncertainty;
  /** Largest softmax probability of a network trained to tell the training datasets apart, 0 to 1. */
  readonly datasetConfidence?: number;
  /** `intensityFeatures` of the prepared image. */
  readonly intensities?: Float64Array;
  /** `roughnessFeatures` of the prepared image. */
  readonly roughness?: Float64Array;
}
