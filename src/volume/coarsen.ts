/** Coarser voxels that show what a scan with such voxels would: nothing finer turns into something else. */
import { UserError } from "../base/index.js";
import { spacingOf } from "./affine.js";
import { channelOf } from "./channel.js";
import { gridWithSpacing, voxelCount } from "./grid.js";
import type { Axis } from "./resize.js";
import { extendOnAxis } from "./sampling.js";
import type { Shape, Vector, Volume, VoxelArray } from "./volume.js";

/** Full width at half maximum of a Gaussian with standard deviation 1. */
const FULL_WIDTH = 2 * Math.sqrt(2 * Math.log(2));

/** Standard deviations after which a Gaussian is cut, as in SciPy. */
const REACH = 4;

/** Length of a new voxel in old ones beyond which a header is wrong, not an image fine; what smooths it would fill the memory. */
const MOST_COARSER = 2 ** 16;

/** Columns worked on side by side: enough to read whole cache lines, few enough to stay in the cache. */
const COLUMNS = 64;

/**
 * The volume with longer voxels over its field of view, as `gridWithSpacing` lays them, without aliasing. Along each axis a
 * Gaussian, then linear interpolation between the smoothed voxels.
 *
 * The Gaussian's standard deviation is sqrt(factor^2 - 1) / (2 sqrt(2 ln 2)) voxels, `factor` being the new side over the old
 * one. It widens the point spread of a voxel, taken for a Gaussian as wide at half its height as the voxel is long, to that of
 * the longer voxel (Cardoso et al., "Scale factor point spread function matching", MICCAI 2015; TorchIO's `Resample` with
 * `antialias`). The numbers are those of `scipy.ndimage.gaussian_filter` and `map_coordinates` of order 1, both with mode
 * "nearest": beyond the image the edge's value goes on. All channels go along.
 *
 * Smoothing and sampling are one step, the slowest axis first, so that memory beyond the volume is at most that of the volume
 * with its third axis coarsened, and a CT of 100 million voxels takes seconds.
 *
 * @param spacing mm along the volume's own axes; an axis with a side that is not longer than its own stays as it is
 * @throws UserError where a side is not a finite length above 0, or more than 65536 times as long as the volume's own
 */
export function coarsen(volume: Volume, spacing: Vector): Volume {
  const own = spacingOf(volume.affine);
  const sides = own.map((side, axis) => Math.max(side, spacing[axis]!)) as unknown as Vector;
  const grid = gridWithSpacing(volume, sides);
  const axes = ([2, 1, 0] as const).filter((axis) => sides[axis] > own[axis]);
  if (axes.length === 0) return volume;
  if (axes.some((axis) => sides[axis] / own[axis] > MOST_COARSER)) {
    throw new UserError({
      subject: "spacing of the image",
      found: `${own.join(" x ")} mm, to be seen at ${sides.join(" x ")} mm`,
      expected: `voxels that are at most ${MOST_COARSER} times as fine`,
      advice: "Check the spacing in the image's header.",
    });
  }
  const data = new Float32Array(voxelCount(grid.shape) * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    let lines: Lines = {
      values: volume.data.subarray(
        channel * voxelCount(volume.shape),
        (channel + 1) * voxelCount(volume.shape),
      ),
      shape: volume.shape,
    };
    for (const axis of axes) {
      const filter = axisFilter(volume.shape[axis], grid.shape[axis], sides[axis] / own[axis]);
      lines = alongAxis(lines, axis, filter);
    }
    channelOf({ ...grid, channels: volume.channels, data }, channel).set(lines.values);
  }
  return { ...grid, channels: volume.channels, data };
}

/** For each new voxel of an axis the old ones that count: `taps` of them from `first` on, and their weights. */
interface AxisFilter {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/** @param factor length of a new voxel in old ones */
function axisFilter(count: number, newCount: number, factor: number): AxisFilter {
  const kernel = gaussianKernel(Math.sqrt(factor ** 2 - 1) / FULL_WIDTH);
  const radius = kernel.length >> 1;
  const taps = kernel.length + 1;
  const first = new Int32Array(newCount);
  const weights = new Float64Array(newCount * taps);
  for (let n = 0; n < newCount; n++) {
    const place = extendOnAxis((count - 1) / 2 + (n - (newCount - 1) / 2) * factor, count);
    const below = Math.floor(place);
    first[n] = below - radius;
    kernel.forEach((weight, tap) => {
      weights[n * taps + tap]! += weight * (1 - (place - below));
      weights[n * taps + tap + 1]! += weight * (place - below);
    });
  }
  return { taps, first, weights };
}

/** Weights that add up to 1, from one end to the other. */
function gaussianKernel(deviation: number): Float64Array {
  const radius = Math.floor(REACH * deviation + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, n) =>
    radius === 0 ? 1 : Math.exp(-((n - radius) ** 2) / (2 * deviation ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return kernel.map((weight) => weight / total);
}

/** Values of one channel. */
interface Lines {
  readonly values: VoxelArray;
  readonly shape: Shape;
}

function alongAxis({ values, shape }: Lines, axis: Axis, { taps, first, weights }: AxisFilter): Lines {
  const count = shape[axis];
  const newCount = first.length;
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const blocks = voxelCount(shape) / (stride * count);
  const result = new Float32Array(blocks * newCount * stride);
  const sums = new Float64Array(Math.min(stride, COLUMNS));
  for (let block = 0; block < blocks; block++) {
    for (let column = 0; column < stride; column += COLUMNS) {
      const width = Math.min(COLUMNS, stride - column);
      const source = block * count * stride + column;
      const target = block * newCount * stride + column;
      for (let n = 0; n < newCount; n++) {
        sums.fill(0);
        for (let tap = 0; tap < taps; tap++) {
          const weight = weights[n * taps + tap]!;
          if (weight === 0) continue;
          const row = Math.min(Math.max(first[n]! + tap, 0), count - 1);
          const from = source + row * stride;
          for (let at = 0; at < width; at++) sums[at]! += weight * values[from + at]!;
        }
        for (let at = 0; at < width; at++) result[target + n * stride + at] = sums[at]!;
      }
    }
  }
  return {
    values: result,
    shape: shape.map((own, at) => (at === axis ? newCount : own)) as unknown as Shape,
  };
}
