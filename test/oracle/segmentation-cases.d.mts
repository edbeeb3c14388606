import type { DicomSegmentation } from "../../src/sources/dicom-seg/index.js";

export interface SegmentationCase {
  readonly name: string;
  /** A fixture in `fixtures/dicom`. */
  readonly series: string;
  readonly fractional?: boolean;
}

export const cases: readonly SegmentationCase[];

export function segmentationOf(
  one: SegmentationCase,
  volume: { readonly data: ArrayLike<number> & Iterable<number> },
): {
  readonly segmentation: DicomSegmentation;
  readonly expected: {
    readonly segments: readonly { readonly low: number; readonly high: number }[];
    readonly least: number;
    readonly most: number;
  };
};

export function fixedMaking(): { readonly now: Date; readonly newUid: () => string };
