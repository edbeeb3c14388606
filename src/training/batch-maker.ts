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
  type WarpSource,
} from "./augmentation/index.js";
import type { CaseMemory, SampledCase } from "./case-memory.js";
import {
  CaseSampler,
  checkCases,
  placeAnywhere,
  placeNearForeground,
  type SamplingSettings,
  type TrainingCase,
} from "./sampling/index.js";

/** Tensors of one step; the axes D, H, W are a volume's k, j, i. */
export interface Batch {
  /** [N, C, D, H, W] */
  readonly image: Float32Array;
  /** [N, K, D, H, W], 0 or 1 */
  readonly target: Float32Array;
  /** [N, K]; 0 for an organ that the sample's dataset does not annotate. */
  readonly weight: Float32Array;
  /** `dataset/id` of every sample. */
  readonly cases: string[];
}

/** What makes training batches; batch number = step. Plain data, so that it can be handed to a thread. */
export interface BatchRecipe {
  readonly seed: number;
  /** Samples a batch, N. */
  readonly batch: number;
  /** Voxels of a patch along i, j, k: the reverse of the tensor's D, H, W. */
  readonly patch: Shape;
  readonly layout: TargetLayout;
  readonly augmentation: AugmentationSettings;
  readonly sampling: SamplingSettings;
}

interface Sample {
  /** Image voxel under the patch's first voxel. */
  readonly origin: Vector;
  readonly drawn: DrawnAugmentation;
}

/** Makes the batches of one recipe. */
export class BatchMaker {
  private readonly sampler: CaseSampler;
  private readonly encodings: readonly TargetEncoding[];
  private readonly channels: number;

  /** @throws UserError where the cases do not fit each other, or one has an organ that the layout has no channel for */
  constructor(
    private readonly cases: readonly TrainingCase[],
    private readonly recipe: BatchRecipe,
    private readonly memory: CaseMemory,
  ) {
    this.channels = checkCases(cases);
    this.encodings = cases.map((one) => targetEncoding(recipe.layout, one));
    this.sampler = new CaseSampler(cases, recipe.sampling);
  }

  /** @throws UserError (rejects) where the voxels of a case cannot be read */
  async make(number: number): Promise<Batch> {
    const { batch, patch, layout, augmentation } = this.recipe;
    const voxels = patch[0] * patch[1] * patch[2];
    const outputs = layout.channels.length;
    const image = new Float32Array(batch * this.channels * voxels);
    const target = new Float32Array(batch * outputs * voxels);
    const weight = new Float32Array(batch * outputs);
    const labels = new Uint8Array(voxels);
    const keys: string[] = [];
    for (let index = 0; index < batch; index++) {
      const random = Random.stream(this.recipe.seed, "sample", number, index);
      const chosen = this.sampler.draw(random);
      const encoding = this.encodings[chosen]!;
      const one = await this.memory.get(this.cases[chosen]!);
      const { origin, drawn } = this.draw(one, random, number, index);
      const channels = Array.from({ length: this.channels }, (_, channel) => {
        const start = (index * this.channels + channel) * voxels;
        return image.subarray(start, start + voxels);
      });
      applyAugmentation(drawn, warpSource(one), { ...augmentation, origin, patch }, { channels, labels });
      encodeTarget(
        labels,
        encoding,
        target.subarray(index * outputs * voxels, (index + 1) * outputs * voxels),
      );
      weight.set(encoding.weight, index * outputs);
      keys.push(caseKey(this.cases[chosen]!));
    }
    return { image, target, weight, cases: keys };
  }

  private draw({ image, foreground }: SampledCase, random: Random, step: number, index: number): Sample {
    const { seed, patch, augmentation, batch } = this.recipe;
    // Samples are counted through the run and the share is met exactly, not just on average.
    const number = step * batch + index;
    const { foregroundShare: share } = this.recipe.sampling;
    const near = Math.floor((number + 1) * share) > Math.floor(number * share);
    const origin = near
      ? placeNearForeground(image.shape, patch, foreground, random)
      : placeAnywhere(image.shape, patch, random);
    return {
      origin,
      drawn: drawAugmentation(augmentation, { shape: patch, channels: this.channels }, seed, step, index),
    };
  }
}

function warpSource({ image, target }: SampledCase): WarpSource {
  const { shape, affine, channels, data } = image;
  const voxels = shape[0] * shape[1] * shape[2];
  return {
    shape,
    spacing: spacingOf(affine),
    channels: Array.from({ length: channels }, (_, channel) =>
      data.subarray(channel * voxels, (channel + 1) * voxels),
    ),
    labels: target,
  };
}
