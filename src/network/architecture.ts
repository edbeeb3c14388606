/** What an architecture is: a function from an image to logits and named feature maps. */
import type { Value } from "../graph/index.js";
import type { Shape } from "../volume/index.js";
import type { NormName } from "./norms/index.js";
import type { ParameterSource } from "./parameters.js";

export interface NetworkOptions {
  /** Channels of the first level; each further level has twice as many. */
  readonly channels: number;
  /** Levels of resolution, each coarser than the one before. */
  readonly levels: number;
  /**
   * For each step from one level to the next (`levels` - 1 in all), voxels of the finer level for one of the coarser,
   * 1 or 2 along [i, j, k]. Default: 2 along every axis. For images with thick slices along k: [2, 2, 1] first.
   */
  readonly strides?: readonly Shape[];
  /** For each level, the size of its convolutions, 1 or 3 voxels along [i, j, k]. Default: 3 along every axis. */
  readonly kernels?: readonly Shape[];
  /** Channels of the image. */
  readonly inputChannels: number;
  /** Foreground channels: 1 in label mode `shared`, one an organ in `union`. */
  readonly outputChannels: number;
  /** What stands between convolutions and rectifiers; default: instance norm. */
  readonly norm?: NormName;
  /** Most channels that a level may have. */
  readonly maximumChannels: number;
  /**
   * Levels on the way up, from the second finest on, that segment by themselves while the network trains; at most
   * `levels` - 2 of them exist. Default: 0, the finest alone.
   */
  readonly deepSupervision?: number;
}

export interface NetworkResult {
  /** [N, outputChannels, D, H, W]; probability = sigmoid(logit). */
  readonly logits: Value;
  /**
   * Logits of coarser levels on their own grids, the finest first, for training alone (deep supervision: Lee et al., 2015;
   * nnU-Net). Absent: there are none.
   */
  readonly coarseLogits?: readonly Value[];
  /** Feature maps [N, C, D / sk, H / sj, W / si] by layer name, from the image to the output. */
  readonly layers: ReadonlyMap<string, Value>;
}

/** `image` is [N, inputChannels, D, H, W] with sizes that are multiples of `networkStride(options)`. */
export type Architecture = (image: Value, source: ParameterSource, options: NetworkOptions) => NetworkResult;

/** What says how coarse each level is and how large its convolutions. */
export type LevelGeometry = Pick<NetworkOptions, "levels" | "strides" | "kernels">;

/** Channels of one level. */
export const levelChannels = (options: NetworkOptions, level: number): number =>
  Math.min(options.maximumChannels, options.channels * 2 ** level);

/** Voxels of the level before for one of this level, along [i, j, k]; 1 for the first, which lies on the image's grid. */
export const levelStride = ({ strides }: LevelGeometry, level: number): Shape =>
  level === 0 ? [1, 1, 1] : (strides?.[level - 1] ?? [2, 2, 2]);

/** Size of one level's convolutions along [i, j, k]. */
export const levelKernel = ({ kernels }: LevelGeometry, level: number): Shape =>
  kernels?.[level] ?? [3, 3, 3];

/** Image sizes along [i, j, k] must be multiples of this: voxels of the image for one of the coarsest level. */
export function networkStride(options: LevelGeometry): Shape {
  const whole = (axis: 0 | 1 | 2): number =>
    Array.from({ length: options.levels }, (_, level) => levelStride(options, level)[axis]).reduce(
      (product, stride) => product * stride,
      1,
    );
  return [whole(0), whole(1), whole(2)];
}

/** What is wrong with strides and kernels, each as "field: found, expected"; nothing where a network can be built. */
export function geometryProblems({ levels, strides, kernels }: LevelGeometry): string[] {
  const problems: string[] = [];
  if (strides !== undefined && strides.length !== levels - 1) {
    problems.push(
      `strides: ${strides.length} given for ${levels} levels, where each of the ${levels - 1} steps to the next level needs one`,
    );
  }
  if (kernels !== undefined && kernels.length !== levels) {
    problems.push(`kernels: ${kernels.length} given for ${levels} levels, where each level needs one`);
  }
  if (strides?.flat().some((stride) => stride !== 1 && stride !== 2)) {
    problems.push("strides: only 1 and 2 are possible along an axis");
  }
  if (kernels?.flat().some((size) => size !== 1 && size !== 3)) {
    problems.push("kernels: only 1 and 3 are possible along an axis");
  }
  return problems;
}
