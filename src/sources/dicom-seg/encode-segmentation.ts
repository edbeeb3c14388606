/** A mask as DICOM Segmentation (PS3.3 A.51): one file that lies on the slices of the series that it was made from. */
import type { DicomSeriesSource } from "../dicom/series-source.js";
import { ARTIFICIAL_INTELLIGENCE, type Code, coded } from "./codes.js";
import { type Algorithm, commonModules, type Making } from "./common-modules.js";
import { displayColour } from "./display-colour.js";
import { attributes, type DataSet, type Keyword } from "./encoding/attributes.js";
import { encodeFile } from "./encoding/encode-file.js";
import {
  framesOfSegments,
  MAXIMUM_FRACTION,
  overlap,
  packedBits,
  packedFractions,
  type SegmentFrame,
  type SegmentVoxels,
} from "./frames.js";
import { derivedFrom, referencedSeries } from "./references.js";
import { segmentedProperty } from "./segmented-property.js";
import { newUniqueIdentifier } from "./unique-identifier.js";

const SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4";

/** High, so that a segmentation stands behind the series of a study in a list. */
const SERIES_NUMBERS = { binary: 901, fractional: 902 } as const;

/** One thing that was looked for. */
export interface Segment extends SegmentVoxels {
  /** What people call it. */
  readonly label: string;
  /** The one thing that it is, or all those that it may be: its codes are found by them. See `segmentedProperty`. */
  readonly names: readonly string[];
}

export interface DicomSegmentation {
  /** What errors call the image. */
  readonly name: string;
  /** 1 to 65535 of them, numbered from 1 in this order; they may overlap, and some or all may be nowhere. */
  readonly segments: readonly Segment[];
  /**
   * On the grid of the segments, 0 to 1: the file is then fractional and says in each segment how probable it is, and 0 where
   * the segment is not. Without it the file is binary.
   */
  readonly confidence?: Float32Array;
  readonly algorithm: Algorithm;
  /** At most 64 characters, for lists of series: "Segmentation: FOREIGN IMAGE". */
  readonly title: string;
  /** How far to trust the segments, at most 1024 characters: the description of each. */
  readonly description: string;
}

/**
 * The bytes of the file. Frames are only for what holds something (one empty frame where nothing does), each at the very
 * position of the slice that it was made from, with a reference to that slice, or to its frame in a multi-frame instance.
 * Patient and study are copied byte for byte; series and instance are new. Opens in highdicom, dcmqi and the adapters of
 * OHIF with the same voxels; dciodvfy finds no error.
 *
 * @param source of the series that the voxels lie on
 * @param making given by tests alone
 * @throws UserError where it is more than a file can hold, RangeError where a segment is not on the grid of the series
 */
export function encodeSegmentation(
  segmentation: DicomSegmentation,
  source: DicomSeriesSource,
  making: Making = { now: new Date(), newUid: newUniqueIdentifier },
): Uint8Array {
  refuseOtherGrid(segmentation, source);
  const { segments, confidence, algorithm, title } = segmentation;
  const kind = confidence === undefined ? "binary" : "fractional";
  const frames = framesOfSegments(segments, source.slices.length);
  const series = {
    sopClassUid: SEGMENTATION_STORAGE,
    modality: "SEG",
    seriesNumber: SERIES_NUMBERS[kind],
    description: title,
  };
  const dataSet: DataSet = {
    ...commonModules(source, series, algorithm, making),
    ...referencedSeries(source),
    Rows: source.rows,
    Columns: source.columns,
    NumberOfFrames: frames.length,
    ...PIXEL_MODULES[kind],
    ...(source.lossyCompression.length === 0 && { LossyImageCompression: "00" }),
    SegmentsOverlap: overlap(segments) ? "YES" : "NO",
    ContentLabel: "SEGMENTATION",
    ContentDescription: title,
    // A person, and no person made it.
    ContentCreatorName: "",
    SegmentSequence: segments.map((segment, at) => ({
      SegmentNumber: at + 1,
      RecommendedDisplayCIELabValue: displayColour(at),
      ...describedSegment(segment, segmentation),
    })),
    ...dimensions(making.newUid()),
    SharedFunctionalGroupsSequence: [sharedGroups(source)],
    PerFrameFunctionalGroupsSequence: groupsOfFrames(frames, source),
    PixelData: pixelsOf(frames, segmentation, source.rows * source.columns),
  };
  return encodeFile(dataSet, [...source.identity, ...source.lossyCompression]);
}

/** Image Pixel and Segmentation Image modules, as far as they are the same for every segmentation. */
const PIXELS: DataSet = {
  ImageType: ["DERIVED", "PRIMARY"],
  SamplesPerPixel: 1,
  PhotometricInterpretation: "MONOCHROME2",
  PixelRepresentation: 0,
};

const PIXEL_MODULES = {
  binary: { ...PIXELS, BitsAllocated: 1, BitsStored: 1, HighBit: 0, SegmentationType: "BINARY" },
  fractional: {
    ...PIXELS,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    SegmentationType: "FRACTIONAL",
    SegmentationFractionalType: "PROBABILITY",
    MaximumFractionalValue: MAXIMUM_FRACTION,
  },
} as const satisfies Readonly<Record<string, DataSet>>;

/** Segment Description macro. */
function describedSegment(
  { label, names }: Segment,
  { algorithm, description, confidence }: DicomSegmentation,
): DataSet {
  const { category, type, side, region } = segmentedProperty(names);
  const sided = (
    code: Code,
    modifier: "SegmentedPropertyTypeModifierCodeSequence" | "AnatomicRegionModifierSequence",
  ) => coded(code).map((item) => (side === undefined ? item : { ...item, [modifier]: coded(side) }));
  return {
    SegmentLabel: label,
    SegmentDescription: confidence === undefined ? description : `${description} ${FRACTIONS}`,
    SegmentAlgorithmType: "AUTOMATIC",
    SegmentAlgorithmName: algorithm.name,
    SegmentationAlgorithmIdentificationSequence: [
      {
        AlgorithmFamilyCodeSequence: coded(ARTIFICIAL_INTELLIGENCE),
        AlgorithmName: algorithm.name,
        AlgorithmVersion: algorithm.version,
      },
    ],
    SegmentedPropertyCategoryCodeSequence: coded(category),
    ...(region === undefined
      ? { SegmentedPropertyTypeCodeSequence: sided(type, "SegmentedPropertyTypeModifierCodeSequence") }
      : {
          SegmentedPropertyTypeCodeSequence: coded(type),
          AnatomicRegionSequence: sided(region, "AnatomicRegionModifierSequence"),
        }),
  };
}

/** What the values of a fractional segmentation are. */
const FRACTIONS = "Values: how probable the label is where it was given, 0 elsewhere.";

/** Multi-frame Dimension module: frames by segment, then by position. */
function dimensions(organization: string): DataSet {
  const index = (label: string, pointer: Keyword, group: Keyword): DataSet => ({
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: attributes[pointer][0],
    FunctionalGroupPointer: attributes[group][0],
    DimensionDescriptionLabel: label,
  });
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: [
      index("Segment", "ReferencedSegmentNumber", "SegmentIdentificationSequence"),
      index("Position", "ImagePositionPatient", "PlanePositionSequence"),
    ],
  };
}

function sharedGroups({
  pixelSpacing,
  sliceSpacing,
  sliceThickness,
  orientation,
}: DicomSeriesSource): DataSet {
  const measures = {
    PixelSpacing: pixelSpacing,
    // A frame stands for the room of its slice up to the next.
    SliceThickness: sliceThickness ?? sliceSpacing,
    SpacingBetweenSlices: sliceSpacing,
  };
  return {
    PixelMeasuresSequence: [measures],
    PlaneOrientationSequence: [{ ImageOrientationPatient: orientation }],
  };
}

function groupsOfFrames(frames: readonly SegmentFrame[], { slices }: DicomSeriesSource): DataSet[] {
  // Index values are counted through the positions that there are.
  const positions = [...new Set(frames.map(({ slice }) => slice))].sort((a, b) => a - b);
  const indexOf = new Map(positions.map((slice, at) => [slice, at + 1]));
  return frames.map(({ segment, slice }) => ({
    FrameContentSequence: [{ DimensionIndexValues: [segment + 1, indexOf.get(slice)!] }],
    PlanePositionSequence: [{ ImagePositionPatient: slices[slice]!.position }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment + 1 }],
    ...derivedFrom(slices[slice]!),
  }));
}

function pixelsOf(
  frames: readonly SegmentFrame[],
  { name, segments, confidence }: DicomSegmentation,
  perFrame: number,
): Uint8Array {
  const toPack = { segments, frames, perFrame, name };
  return confidence === undefined ? packedBits(toPack) : packedFractions(toPack, confidence);
}

function refuseOtherGrid(
  { segments, confidence }: DicomSegmentation,
  { rows, columns, slices }: DicomSeriesSource,
): void {
  const voxels = rows * columns * slices.length;
  const arrays = [
    ...segments.map((segment) => segment.voxels),
    ...(confidence === undefined ? [] : [confidence]),
  ];
  if (segments.length > 0 && arrays.every(({ length }) => length === voxels)) return;
  throw new RangeError("no segments, or one that is not on the grid of the series");
}
