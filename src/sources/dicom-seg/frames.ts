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

/** What stands for a confidence of 1. */
export const MAXIMUM_FRACTION = 255;

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
  // Labels in one array part it.
  if (layers.length === 1 && layers[0]!.count.every((sharing) => sharing < 2)) return false;
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
  /** What errors call the image. */
  readonly name: string;
}

/**
 * One bit a voxel, the lowest bit of a byte first; frames follow each other without a gap, also within a byte (PS3.5 8.1.1).
 *
 * @throws UserError where that is more than a file can hold
 */
export function packedBits(toPack: FramesToPack): Uint8Array {
  const { frames, segments, perFrame, name } = toPack;
  const packed = new Uint8Array(checkedBytes(Math.ceil((frames.length * perFrame) / 8), name));
  for (const [at, { segment, slice }] of frames.entries()) {
    const { voxels, value } = segments[segment]!;
    const first = slice * perFrame;
    // Bits are counted from the frame's first byte: in all there may be more than 32-bit arithmetic can count.
    const start = (at * perFrame) % 8;
    const target = packed.subarray((at * perFrame - start) / 8);
    for (let voxel = 0; voxel < perFrame; voxel++) {
      if (voxels[first + voxel] !== value) continue;
      const bit = start + voxel;
      target[bit >>> 3]! |= 1 << (bit & 7);
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
  const { frames, segments, perFrame, name } = toPack;
  const packed = new Uint8Array(checkedBytes(frames.length * perFrame, name));
  for (const [at, { segment, slice }] of frames.entries()) {
    const { voxels, value } = segments[segment]!;
    const first = slice * perFrame;
    for (let voxel = 0; voxel < perFrame; voxel++) {
      if (voxels[first + voxel] !== value) continue;
      const fraction = Math.round(MAXIMUM_FRACTION * Math.min(1, confidence[first + voxel]!));
      packed[at * perFrame + voxel] = Math.max(1, fraction);
    }
  }
  return packed;
}

function checkedBytes(bytes: number, name: string): number {
  if (bytes <= MOST_PIXEL_BYTES) return bytes;
  throw new UserError({
    subject: name,
    found: `results that make a DICOM segmentation of ${Math.ceil(bytes / 2 ** 30)} GiB`,
    expected: "at most 2 GiB, which is what readers of DICOM can hold",
    advice: "Write them in another format, such as NIfTI.",
  });
}
