/** Which frames a segmentation has, and their pixels. */
import { groupBy, UserError } from "../../base/index.js";

/** Where a segment is: on the grid of the series, i fastest, where `voxels[at] === value`. Several may share an array. */
export interface SegmentVoxels {
  readonly voxels: Uint8Array;
  /** 1 to 255. */
  readonly value: number;
}

export interface SegmentFrame {
  /** Index of the segment, from 0. */
  readonly segment: number;
  /** Slice along k, from 0. */
  readonly slice: number;
}

/** Most bytes of pixels in one file: lengths are 32-bit numbers, and many readers take them for signed ones. */
const MOST_PIXEL_BYTES = 2 ** 31 - 2;

/**
 * The frames that hold something, by segment and slice; one without anything where nothing is found, for a segmentation has at
 * least one frame.
 *
 * @param slices number of slices of the series
 */
export function framesOfSegments(segments: readonly SegmentVoxels[], slices: number): SegmentFrame[] {
  const frames: SegmentFrame[] = [];
  for (const [voxels, sharing] of groupBy([...segments.entries()], ([, segment]) => segment.voxels)) {
    const perSlice = voxels.length / slices;
    for (let slice = 0; slice < slices; slice++) {
      const present = new Uint8Array(256);
      for (const value of voxels.subarray(slice * perSlice, (slice + 1) * perSlice)) present[value] = 1;
      for (const [segment, { value }] of sharing) if (present[value] === 1) frames.push({ segment, slice });
    }
  }
  if (frames.length === 0) return [{ segment: 0, slice: 0 }];
  return frames.sort((a, b) => a.segment - b.segment || a.slice - b.slice);
}

/** True where a voxel is in two segments. */
export function overlap(segments: readonly SegmentVoxels[]): boolean {
  const layers = [...groupBy(segments, ({ voxels }) => voxels)].map(([voxels, sharing]) => {
    const count = new Uint8Array(256);
    for (const { value } of sharing) count[value]!++;
    return { voxels, count };
  });
  if (layers.every(({ count }) => count.every((of) => of < 2)) && layers.length === 1) return false;
  const length = layers[0]!.voxels.length;
  for (let at = 0; at < length; at++) {
    let claims = 0;
    for (const { voxels, count } of layers) claims += count[voxels[at]!]!;
    if (claims > 1) return true;
  }
  return false;
}

export interface FramesToPack {
  readonly segments: readonly SegmentVoxels[];
  readonly frames: readonly SegmentFrame[];
  /** Voxels of a slice. */
  readonly perFrame: number;
}

/**
 * One bit a voxel, the lowest bit of a byte first; frames follow each other without a gap, also within a byte (PS3.5 8.1.1).
 *
 * @throws UserError where that is more than a file can hold
 */
export function packedBits(toPack: FramesToPack): Uint8Array {
  const { frames, perFrame } = toPack;
  const packed = new Uint8Array(checkedBytes(Math.ceil((frames.length * perFrame) / 8)));
  let [byte, bit] = [0, 1];
  for (const { voxels, value } of slicesOf(toPack)) {
    for (const voxel of voxels) {
      if (voxel === value) packed[byte]! |= bit;
      bit <<= 1;
      if (bit === 256) [byte, bit] = [byte + 1, 1];
    }
  }
  return packed;
}

/**
 * One byte a voxel: 255 times the confidence where the segment is, at least 1, and 0 elsewhere.
 *
 * @param confidence on the grid of the segments, 0 to 1
 * @throws UserError where that is more than a file can hold
 */
export function packedFractions(toPack: FramesToPack, confidence: Float32Array): Uint8Array {
  const { frames, perFrame } = toPack;
  const packed = new Uint8Array(checkedBytes(frames.length * perFrame));
  let at = 0;
  for (const { voxels, value, first } of slicesOf(toPack)) {
    for (let voxel = 0; voxel < perFrame; voxel++, at++) {
      if (voxels[voxel] !== value) continue;
      packed[at] = Math.max(1, Math.round(MAXIMUM_FRACTION * Math.min(1, confidence[first + voxel]!)));
    }
  }
  return packed;
}

/** What stands for a confidence of 1. */
export const MAXIMUM_FRACTION = 255;

function* slicesOf({
  segments,
  frames,
  perFrame,
}: FramesToPack): Generator<SegmentVoxels & { first: number }> {
  for (const { segment, slice } of frames) {
    const { voxels, value } = segments[segment]!;
    const first = slice * perFrame;
    yield { voxels: voxels.subarray(first, first + perFrame), value, first };
  }
}

function checkedBytes(bytes: number): number {
  if (bytes <= MOST_PIXEL_BYTES) return bytes;
  throw new UserError({
    subject: "segmentation",
    found: `a segmentation of ${Math.ceil(bytes / 2 ** 30)} GiB`,
    expected: "at most 2 GiB, which is what readers of DICOM can hold",
    advice: "Write the mask in another format, such as NIfTI.",
  });
}
