/** Where in an image there is anything but air. */
import {
  type Box,
  boundingBox,
  connectedComponents,
  percentilesOf,
  type Shape,
  type Vector,
  type Volume,
  voxelCount,
} from "../volume/index.js";

/** Share of the way from the darkest to the brightest intensities above which a voxel is not air. */
const airThreshold = 0.1;
/** Pieces smaller than this share of the largest one are noise. */
const smallestPiece = 0.05;
const marginVoxels = 2;

export const wholeBox = (shape: Shape): Box => ({ low: [0, 0, 0], high: shape });

/** Box of the voxels that are not 0 in every channel; the whole image where there are none (nnU-Net's `crop_to_nonzero`). */
export function nonZeroBox({ shape, channels, data }: Volume): Box {
  const voxels = voxelCount(shape);
  const mask = new Uint8Array(voxels);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < voxels; at++) if (data[channel * voxels + at] !== 0) mask[at] = 1;
  }
  const box = boundingBox({ shape, affine: [], channels: 1, data: mask }, (value) => value === 1);
  return box ?? wholeBox(shape);
}

/**
 * Box of everything that is not air, with a margin; the whole image where everything is alike.
 *
 * @param values of one channel, already clipped to the intensities that mean something
 */
export function foregroundBox(values: Float32Array, shape: Shape): Box {
  const [dark, bright] = percentilesOf(values, [1, 99]) as [number, number];
  const threshold = dark + airThreshold * (bright - dark);
  const mask = new Uint8Array(voxelCount(shape));
  for (let at = 0; at < mask.length; at++) mask[at] = values[at]! > threshold ? 1 : 0;
  const { labels, sizes } = connectedComponents(mask, shape, 6);
  const largest = sizes.reduce((most, size, label) => (label > 0 ? Math.max(most, size) : most), 0);
  const isKept = Uint8Array.from(sizes, (size, label) =>
    label > 0 && size >= smallestPiece * largest ? 1 : 0,
  );
  const box = boundingBox({ shape, affine: [], channels: 1, data: labels }, (label) => isKept[label] === 1);
  if (box === undefined) return wholeBox(shape);
  return {
    low: box.low.map((value) => Math.max(0, value - marginVoxels)) as unknown as Vector,
    high: box.high.map((value, axis) => Math.min(shape[axis]!, value + marginVoxels)) as unknown as Vector,
  };
}
