/**
 * Batches as pure functions of their number: the same recipe and the same number give the same batch, in whatever
 * order, thread or run it is made. Nothing here knows of threads; `batch-source.ts` spreads the work over them.
 */
import { caseKey, Random } from "../base/index.js";
import { encodeTarget, type TargetEncoding, type TargetLayout, targetEncoding } from "../labels/targets.js";
import { type Shape, spacingOf, type Vector } from "../volume/index.js";
import {
  type AugmentationSettings,
  applyAugmentation,
  type DrawnAugmentation,
  drawAugmentation,
  noAugmentation,
} from "./augmentation/index.js";
import {
  CaseSampler,
  checkCases,
  type Foreground,
  findForeground,
  placeAnywhere,
  placeNearForeground,
  placeOnForeground,
  type SamplingSettings,
  type TrainingCase,
} from "./sampling/index.js";

/** Tensors of one step; the axes D, H, W are a volume's k, j, i. */
export interface Batch {
  /** [N, C, D, H, W] */
  readonly image: Float32Array;
  /** [N, K, D, H, W], 0 or 1 */
  readonly target: Float32Array;
  /** [N, K]; 0 where the sample does not count: an organ its dataset does not annotate, or a filled-up batch. */
  readonly weight: Float32Array;
  /** `dataset/id` of every sample. */
  readonly cases: string[];
}

interface CommonRecipe {
  readonly seed: number;
  /** Samples a batch, N. */
  readonly batch: number;
  /** Voxels of a patch along i, j, k: the reverse of the tensor's D, H, W. */
  readonly patch: Shape;
  readonly layout: TargetLayout;
  readonly augmentation: AugmentationSettings;
}

/** What makes training batches; batch number = step. */
export interface TrainingRecipe extends CommonRecipe {
  readonly kind: "training";
  readonly sampling: SamplingSettings;
}

/** What makes the fixed, unaugmented patches that a run is validated on; batches are numbered from 0. */
export interface ValidationRecipe extends CommonRecipe {
  readonly kind: "validation";
  /** Patches centred on foreground voxels of each case, its organs in turn. */
  readonly patchesPerCase: number;
}

/** Plain data, so that it can be handed to a thread. */
export type BatchRecipe = TrainingRecipe | ValidationRecipe;

/** A case with what is computed from it once. Arrays may lie in shared memory. */
export interface IndexedCase extends TrainingCase {
  readonly foreground: Foreground;
}

/** @throws UserError where the cases do not fit each other or their own labels; see `checkCases`, `findForeground` */
export function indexCases(
  cases: readonly TrainingCase[],
  allocate?: (length: number) => Uint32Array,
): IndexedCase[] {
  checkCases(cases);
  return cases.map(({ id, dataset, image, target, organs }) => {
    const one = { id, dataset, image, target, organs };
    return { ...one, foreground: findForeground(one, allocate) };
  });
}

export const validationBatchCount = (cases: number, recipe: ValidationRecipe): number =>
  Math.ceil((cases * recipe.patchesPerCase) / recipe.batch);

interface Sample {
  readonly case: number;
  /** Image voxel under the patch's first voxel. */
  readonly origin: Vector;
  readonly drawn: DrawnAugmentation;
  /** False for a sample that only fills the batch up. */
  readonly counts: boolean;
}

/** Makes the batches of one recipe. */
export class BatchMaker {
  private readonly sampler: CaseSampler | undefined;
  private readonly encodings: readonly TargetEncoding[];
  private readonly channels: number;

  /** @throws UserError where a case has an organ that the layout has no channel for */
  constructor(
    private readonly cases: readonly IndexedCase[],
    private readonly recipe: BatchRecipe,
  ) {
    this.channels = checkCases(cases);
    this.encodings = cases.map((one) => targetEncoding(recipe.layout, one));
    if (recipe.kind === "training") this.sampler = new CaseSampler(cases, recipe.sampling);
  }

  make(number: number): Batch {
    const { batch, patch, layout, augmentation } = this.recipe;
    const voxels = patch[0] * patch[1] * patch[2];
    const outputs = layout.channels.length;
    const image = new Float32Array(batch * this.channels * voxels);
    const target = new Float32Array(batch * outputs * voxels);
    const weight = new Float32Array(batch * outputs);
    const labels = new Uint8Array(voxels);
    const keys: string[] = [];
    for (let index = 0; index < batch; index++) {
      const sample = this.sample(number, index);
      const one = this.cases[sample.case]!;
      const encoding = this.encodings[sample.case]!;
      const channels = Array.from({ length: this.channels }, (_, channel) => {
        const start = (index * this.channels + channel) * voxels;
        return image.subarray(start, start + voxels);
      });
      applyAugmentation(sample.drawn, warpSource(one), sample.origin, patch, augmentation, {
        channels,
        labels,
      });
      encodeTarget(
        labels,
        encoding,
        target.subarray(index * outputs * voxels, (index + 1) * outputs * voxels),
      );
      if (sample.counts) weight.set(encoding.weight, index * outputs);
      keys.push(caseKey(one));
    }
    return { image, target, weight, cases: keys };
  }

  private sample(number: number, index: number): Sample {
    return this.recipe.kind === "training"
      ? this.trainingSample(this.recipe, number, index)
      : this.validationSample(this.recipe, number, index);
  }

  private trainingSample(recipe: TrainingRecipe, step: number, index: number): Sample {
    const { seed, patch, augmentation, batch } = recipe;
    const random = Random.stream(seed, "sample", step, index);
    const chosen = this.sampler!.draw(random);
    const { image, foreground } = this.cases[chosen]!;
    // Samples are counted through the run and the share is met exactly, not just on average.
    const number = step * batch + index;
    const { foregroundShare: share } = recipe.sampling;
    const near = Math.floor((number + 1) * share) > Math.floor(number * share);
    const origin = near
      ? placeNearForeground(image.shape, patch, foreground, random)
      : placeAnywhere(image.shape, patch, random);
    const drawn = drawAugmentation(augmentation, patch, this.channels, seed, step, index);
    return { case: chosen, origin, drawn, counts: true };
  }

  private validationSample(recipe: ValidationRecipe, number: number, index: number): Sample {
    const { seed, patch, batch, patchesPerCase } = recipe;
    const position = number * batch + index;
    const counts = position < this.cases.length * patchesPerCase;
    const chosen = counts ? Math.floor(position / patchesPerCase) : this.cases.length - 1;
    const one = this.cases[chosen]!;
    const turn = position % patchesPerCase;
    const random = Random.stream(seed, "validation", caseKey(one), turn);
    const origin = placeOnForeground(one.image.shape, patch, one.foreground, turn, random);
    return { case: chosen, origin, drawn: noAugmentation, counts };
  }
}

function warpSource(one: TrainingCase) {
  const { shape, affine, channels, data } = one.image;
  const voxels = shape[0] * shape[1] * shape[2];
  return {
    shape,
    spacing: spacingOf(affine),
    channels: Array.from({ length: channels }, (_, channel) =>
      data.subarray(channel * voxels, (channel + 1) * voxels),
    ),
    labels: one.target,
  };
}
