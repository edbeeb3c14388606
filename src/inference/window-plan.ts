/** Where the windows of one image lie, what each contributes, and which voxels each one owns. */
import { UserError } from "../base/index.js";
import type { Box, Shape } from "../volume/index.js";
import type { ImageAxis } from "./flip.js";
import { roundHalfToEven } from "./importance-maps.js";
import type { Padding } from "./padding.js";

export const blendings = ["probabilities", "logits"] as const;
export type Blending = (typeof blendings)[number];

/**
 * How much a voxel of a window counts:
 * - `gaussian`: a product of three Gaussians centred on the window, deviations an eighth of its size.
 * - `constant`: all the same.
 * - `nnunet`, `monai`: as `gaussian`, but with the centre and the floor of that software (`importanceMaps`).
 */
export const weightShapes = ["gaussian", "constant", "nnunet", "monai"] as const;
export type WeightShape = (typeof weightShapes)[number];

/**
 * Where windows lie along an axis:
 * - `aligned`: evenly, at multiples of the network's stride, from the image's first voxel on.
 * - `spread`: evenly, at any voxel (nnU-Net's `compute_steps_for_sliding_window`).
 * - `stepped`: at equal steps, the last one pulled back to the image's end (MONAI's `dense_patch_slices`).
 *
 * In the last two an image that is smaller than a window lies in its middle.
 */
export const windowPlacements = ["aligned", "spread", "stepped"] as const;
export type WindowPlacement = (typeof windowPlacements)[number];

/** How images are cut into windows. All lengths are voxels of the prepared image, along [i, j, k]. */
export interface WindowPlan {
  /** Size of a window; rounded up to multiples of `multipleOf`. */
  readonly window: Shape;
  /** Part of a window that its neighbour sees as well, in [0, 1); nnU-Net's is 0.5. */
  readonly overlap: number;
  /** The network's stride: sizes and origins of windows are multiples of it, so the grids of all layers align. */
  readonly multipleOf: Shape;
  /**
   * `true`: every window has exactly the size `window`, as a model needs whose input size is fixed, and as a network
   * with instance norm wants whose training patches had that size: its statistics are those of a window. Otherwise a
   * window is cut short where the image ends, and an image with no more voxels than one window runs in one piece.
   */
  readonly fixedSize?: boolean;
  /** What a window shows beyond the image; default `reflect`. */
  readonly padding?: Padding;
  /** Default `aligned`. The others need `fixedSize`. */
  readonly placement?: WindowPlacement;
  /** What is averaged where windows overlap; default `probabilities`. `logits` is what nnU-Net and MONAI average. */
  readonly blending?: Blending;
  /** How much a voxel of a window counts; default `gaussian`. `constant` is MONAI's default. */
  readonly weights?: WeightShape;
  /**
   * Mirrored copies of each window are predicted too, along all combinations of these axes, and the mean counts: of logits
   * or of probabilities, as `blending` says (nnU-Net's test-time augmentation). The guard looks at the window itself alone.
   */
  readonly mirroring?: readonly ImageAxis[];
}

/** One axis: the windows start at `origins`; window n owns the voxels from `cuts[n]` up to `cuts[n + 1]`. */
export interface AxisWindows {
  readonly origins: readonly number[];
  readonly cuts: readonly number[];
}

/** The windows of one image. */
export interface Windows {
  /** Size of each of them, multiples of the stride. */
  readonly size: Shape;
  /** Size of the image after padding at its far ends; the windows cover it exactly. */
  readonly padded: Shape;
  readonly axes: readonly [AxisWindows, AxisWindows, AxisWindows];
}

/** One window, on the padded image's voxels. */
export interface Window {
  /** Position among the windows along each axis. */
  readonly index: Shape;
  readonly origin: Shape;
  /** The voxels that belong to this window and to no other; within the window, in the image's coordinates. */
  readonly owned: Box;
}

/**
 * Windows of one size, evenly spread, the first at the image's first voxel and the last at the padded image's end.
 * Neighbours overlap by at least `overlap`, up to rounding to the stride. The border between what two neighbours own is
 * the middle of their overlap, rounded to the stride: features are taken as far as possible from a window's faces.
 *
 * @throws UserError for a plan that no image could be cut by
 */
export function planWindows(shape: Shape, plan: WindowPlan): Windows {
  checkPlan(plan);
  const up = (length: number, axis: number): number => {
    const step = plan.multipleOf[axis] as number;
    return Math.ceil(length / step) * step;
  };
  const wanted = plan.window.map(up) as [number, number, number];
  const least = shape.map(up) as [number, number, number];
  const product = ([a, b, c]: readonly [number, number, number]): number => a * b * c;
  const whole = plan.fixedSize !== true && product(least) <= product(wanted);
  const size = least.map((length, axis) => {
    const window = wanted[axis] as number;
    if (plan.fixedSize === true) return window;
    return whole ? length : Math.min(length, window);
  }) as [number, number, number];
  const padded = least.map((length, axis) => Math.max(length, size[axis] as number)) as [
    number,
    number,
    number,
  ];
  const { placement = "aligned", overlap } = plan;
  if (placement !== "aligned") {
    const free = (n: 0 | 1 | 2): AxisWindows => freeWindows(shape[n], wanted[n], { overlap, placement });
    const reach = wanted.map((length, n) => Math.max(length, shape[n]!)) as [number, number, number];
    return { size: wanted, padded: reach, axes: [free(0), free(1), free(2)] };
  }
  const axis = (n: 0 | 1 | 2): AxisWindows => axisWindows(padded[n], size[n], overlap, plan.multipleOf[n]);
  return { size, padded, axes: [axis(0), axis(1), axis(2)] };
}

function axisWindows(length: number, size: number, overlap: number, step: number): AxisWindows {
  const stride = Math.max(step, Math.floor((size * (1 - overlap)) / step) * step);
  const gaps = Math.ceil((length - size) / stride);
  const origins: number[] = [];
  for (let n = 0; n <= gaps; n++) {
    origins.push(gaps === 0 ? 0 : Math.round((n * (length - size)) / gaps / step) * step);
  }
  const cuts = [0];
  for (let n = 0; n < gaps; n++) {
    const middle = ((origins[n] as number) + size + (origins[n + 1] as number)) / 2;
    cuts.push(Math.round(middle / step) * step);
  }
  cuts.push(length);
  return { origins, cuts };
}

/** Windows of other software: at any voxel of the image. */
function freeWindows(
  length: number,
  size: number,
  { overlap, placement }: { readonly overlap: number; readonly placement: "spread" | "stepped" },
): AxisWindows {
  if (length <= size) return { origins: [0 - Math.floor((size - length) / 2)], cuts: [0, length] };
  const last = length - size;
  const step = size * (1 - overlap);
  const origins: number[] = [];
  if (placement === "spread") {
    const gaps = Math.ceil(last / step);
    for (let n = 0; n <= gaps; n++) origins.push(roundHalfToEven((n * last) / gaps));
  } else {
    const whole = Math.max(1, Math.trunc(step));
    for (let start = 0; start < last; start += whole) origins.push(start);
    origins.push(last);
  }
  const cuts = origins.slice(1).map((origin, n) => Math.floor((origins[n]! + size + origin) / 2));
  return { origins, cuts: [0, ...cuts, length] };
}

/** How many windows there are. */
export const windowCount = ({ axes }: Windows): number =>
  axes[0].origins.length * axes[1].origins.length * axes[2].origins.length;

/** All windows, the first axis fastest. */
export function* eachWindow({ axes }: Windows): Generator<Window> {
  const at = (list: readonly number[], n: number): number => list[n] as number;
  const [x, y, z] = axes;
  for (let c = 0; c < z.origins.length; c++) {
    for (let b = 0; b < y.origins.length; b++) {
      for (let a = 0; a < x.origins.length; a++) {
        yield {
          index: [a, b, c],
          origin: [at(x.origins, a), at(y.origins, b), at(z.origins, c)],
          owned: {
            low: [at(x.cuts, a), at(y.cuts, b), at(z.cuts, c)],
            high: [at(x.cuts, a + 1), at(y.cuts, b + 1), at(z.cuts, c + 1)],
          },
        };
      }
    }
  }
}

/**
 * What a window owns of a layer, in voxels of the window's own feature map. A layer's voxel counts when the first image
 * voxel of its footprint lies inside the image, so padding counts nowhere; the box is empty (high = low along an axis)
 * where a window owns padding only. Over all windows of an image these boxes partition the layer's voxels; where windows are
 * not aligned with the layer's grid, each place of the image is still counted in one window alone.
 *
 * @param image size of the image without padding
 * @param layerStride image voxels for one voxel of the layer, along each axis; divides the plan's `multipleOf`
 */
export function interiorOfLayer(window: Window, image: Shape, layerStride: Shape): Box {
  const { low, high } = insideWindow(window, image);
  const inLayer = (corner: Shape): Shape =>
    corner.map((place, axis) => Math.ceil(place / layerStride[axis]!)) as unknown as Shape;
  const box = { low: inLayer(low), high: inLayer(high) };
  return box.low.some((start, axis) => start >= box.high[axis]!) ? { low: [0, 0, 0], high: [0, 0, 0] } : box;
}

/** What a window owns of the image itself, without padding, in the window's own voxels; empty where that is padding only. */
export function insideWindow({ origin, owned }: Window, image: Shape): Box {
  const within = (places: Shape): Shape => {
    const at = (axis: 0 | 1 | 2): number => Math.min(places[axis], image[axis]) - origin[axis];
    return [at(0), at(1), at(2)];
  };
  const { low, high } = owned;
  const box = { low: within(low), high: within(high) };
  return box.low.some((start, axis) => start >= box.high[axis]!) ? { low: [0, 0, 0], high: [0, 0, 0] } : box;
}

function checkPlan({ window, overlap, multipleOf, placement, fixedSize }: WindowPlan): void {
  const count = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 4096;
  if (!window.every(count) || !multipleOf.every(count)) {
    throw new UserError({
      subject: "sliding window",
      found: `a window of ${window.join(" x ")} voxels at multiples of ${multipleOf.join(" x ")}`,
      expected: "whole numbers from 1 to 4096",
      advice: "Give the window's size in voxels along the three axes, and the network's stride along each.",
    });
  }
  if (placement !== undefined && placement !== "aligned" && fixedSize !== true) {
    throw new UserError({
      subject: "sliding window",
      found: `windows of any size with the placement ${placement}`,
      expected: "fixedSize: true",
      advice: "Only aligned windows may be cut short.",
    });
  }
  if (!(overlap >= 0 && overlap < 1)) {
    throw new UserError({
      subject: "sliding window",
      found: `an overlap of ${overlap}`,
      expected: "at least 0 and less than 1",
      advice: "Half a window (0.5) is usual; 0.25 is faster.",
    });
  }
}
