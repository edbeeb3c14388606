/** What a DICOM file says of its image, before its pixels are decoded: the instance and its frames. */
import type { DataSet } from "dicom-parser";
import type { Modality } from "../../volume/index.js";
import type { FileToRead } from "../files-to-read.js";
import { type Distinctions, distinctionsOf } from "./distinctions.js";
import { type FrameGroup, functionalGroup, groupsOfFrames } from "./functional-groups.js";
import { type DicomFile, numbersOf, textOf } from "./parse-file.js";
import { encodingOf } from "./pixels/transfer-syntaxes.js";
import { tags } from "./tags.js";

/** One SOP instance: a file. */
export interface Instance {
  readonly file: FileToRead;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly frameOfReferenceUid: string | undefined;
  readonly modality: Modality;
  readonly stored: StoredPixels;
}

/** How the pixels are stored: the Image Pixel module (PS3.3 C.7.6.3). */
export interface StoredPixels {
  readonly transferSyntaxUid: string;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly frames: number;
}

/** One slice as it is stored, with where it lies and what its numbers mean. */
export interface Frame {
  readonly instance: Instance;
  /** From 1 in a multi-frame instance; undefined in a single-frame one. */
  readonly frameNumber: number | undefined;
  readonly localizer: boolean;
  /** LPS, mm: centre of the first voxel. */
  readonly position: readonly [number, number, number];
  /** LPS: direction of rising column index, then of rising row index; unit vectors at a right angle. */
  readonly orientation: readonly number[];
  /** The same as the file states it, rounded as it is there. */
  readonly statedOrientation: readonly number[];
  /** mm between rows, mm between columns. */
  readonly pixelSpacing: readonly [number, number];
  readonly sliceThickness: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  readonly distinctions: Distinctions;
}

/** Why a file brings no slices of a scan: in words that a number can follow, as in "images in colour (2)". */
export type SetAside =
  | "other DICOM objects, such as reports, segmentations or directories"
  | "images in colour"
  | "images whose slices have no position in the patient"
  | "images whose pixels are stored in a way that is not read"
  | "images whose numbers mean something only through a lookup table or a scaling that is not usable";

/** Objects with pixels or frames that are no scans: derived segmentations and doses. */
const DERIVED = new Set(["SEG", "RTDOSE", "PR", "SR", "KO", "REG", "RTSTRUCT", "RTPLAN", "M3D"]);

/**
 * Storage classes of scans, without their common root: CT, MR and PET, classic, enhanced and legacy converted. A file of
 * one of them without pixels is cut off.
 */
const SCAN_CLASSES = new Set(["2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "128", "128.1", "130"]);
const STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1.";

/**
 * The slices of a file, or why there are none.
 *
 * @throws RangeError for a scan without pixels, or with fewer than its header promises
 */
export function framesOf({ dataSet, transferSyntaxUid }: DicomFile, file: FileToRead): Frame[] | SetAside {
  if (dataSet.elements[tags.pixelData] === undefined && isScan(dataSet)) throw new RangeError("no pixels");
  const modality = textOf(dataSet, tags.modality) ?? "";
  const stored = storedPixelsOf(dataSet, transferSyntaxUid);
  const [sopClassUid, sopInstanceUid] = [tags.sopClassUid, tags.sopInstanceUid].map((tag) =>
    textOf(dataSet, tag),
  );
  if (stored === undefined || sopInstanceUid === undefined || DERIVED.has(modality)) {
    return "other DICOM objects, such as reports, segmentations or directories";
  }
  if (dataSet.uint16(tags.samplesPerPixel) !== 1 || !isGrey(dataSet)) return "images in colour";
  if (isCutOff(dataSet, stored)) throw new RangeError("fewer pixels than the header promises");
  if (!isReadable(stored)) return "images whose pixels are stored in a way that is not read";
  const instance: Instance = {
    file,
    sopClassUid: sopClassUid ?? "",
    sopInstanceUid,
    studyInstanceUid: textOf(dataSet, tags.studyInstanceUid) ?? "",
    seriesInstanceUid: textOf(dataSet, tags.seriesInstanceUid) ?? "",
    seriesNumber: numbersOf(dataSet, tags.seriesNumber)?.[0] ?? 0,
    frameOfReferenceUid: textOf(dataSet, tags.frameOfReferenceUid),
    modality: modalityOf(modality),
    stored,
  };
  const groups = groupsOfFrames(dataSet, stored.frames);
  if (groups === undefined) return "images whose slices have no position in the patient";
  const frames: Frame[] = [];
  for (const [index, group] of groups.entries()) {
    const frame = frameOf(instance, group, group.perFrame === undefined ? undefined : index + 1);
    if (typeof frame === "string") return frame;
    frames.push(frame);
  }
  return frames;
}

function frameOf(instance: Instance, group: FrameGroup, frameNumber: number | undefined): Frame | SetAside {
  const { root } = group;
  const numbers = (sequence: string, tag: string): number[] | undefined =>
    numbersOf(functionalGroup(group, sequence), tag) ?? numbersOf(root, tag);
  const position = numbers(tags.planePositionSequence, tags.imagePosition);
  const statedOrientation = numbers(tags.planeOrientationSequence, tags.imageOrientation);
  const orientation = unitDirections(statedOrientation);
  const pixelSpacing = numbers(tags.pixelMeasuresSequence, tags.pixelSpacing);
  if (position?.length !== 3 || !statedOrientation || !orientation || pixelSpacing?.length !== 2) {
    return "images whose slices have no position in the patient";
  }
  if (!pixelSpacing.every((mm) => mm > 0)) return "images whose slices have no position in the patient";
  const scaling = scalingOf(group);
  if (scaling === undefined) {
    return "images whose numbers mean something only through a lookup table or a scaling that is not usable";
  }
  const distinctions = distinctionsOf(group);
  return {
    instance,
    frameNumber,
    localizer: /\\LOCALIZER(\\|$)/.test(distinctions.kind),
    position: position as [number, number, number],
    orientation,
    statedOrientation,
    pixelSpacing: pixelSpacing as [number, number],
    sliceThickness: numbers(tags.pixelMeasuresSequence, tags.sliceThickness)?.[0],
    ...scaling,
    distinctions,
  };
}

/** The slope and intercept of a frame: its own Pixel Value Transformation, else those of the instance, else none. */
function scalingOf(group: FrameGroup): { slope: number; intercept: number } | undefined {
  if (group.root.elements[tags.modalityLutSequence] !== undefined) return undefined;
  const given = functionalGroup(group, tags.pixelValueTransformationSequence) ?? group.root;
  const value = (tag: string, otherwise: number): number | undefined =>
    textOf(given, tag) === undefined ? otherwise : numbersOf(given, tag)?.[0];
  const slope = value(tags.rescaleSlope, 1);
  const intercept = value(tags.rescaleIntercept, 0);
  return slope === undefined || slope === 0 || intercept === undefined ? undefined : { slope, intercept };
}

/** The two directions as unit vectors, or undefined where they are none or not at a right angle (within 0.001). */
function unitDirections(given: number[] | undefined): number[] | undefined {
  if (given?.length !== 6) return undefined;
  const [row, column] = [given.slice(0, 3), given.slice(3)];
  const lengths = [Math.hypot(...row), Math.hypot(...column)];
  if (lengths.some((length) => Math.abs(length - 1) > 1e-2)) return undefined;
  if (Math.abs(row.reduce((sum, value, axis) => sum + value * column[axis]!, 0)) > 1e-3) return undefined;
  return [...row.map((value) => value / lengths[0]!), ...column.map((value) => value / lengths[1]!)];
}

function storedPixelsOf(dataSet: DataSet, transferSyntaxUid: string): StoredPixels | undefined {
  if (dataSet.elements[tags.pixelData] === undefined) return undefined;
  const [rows, columns, bitsAllocated, bitsStored, highBit] = [
    tags.rows,
    tags.columns,
    tags.bitsAllocated,
    tags.bitsStored,
    tags.highBit,
  ].map((tag) => dataSet.uint16(tag));
  const frames = numbersOf(dataSet, tags.numberOfFrames)?.[0] ?? 1;
  if (!rows || !columns || !bitsAllocated || !Number.isInteger(frames) || frames < 1) return undefined;
  const bits = bitsStored || bitsAllocated;
  return {
    transferSyntaxUid,
    rows,
    columns,
    bitsAllocated,
    bitsStored: bits,
    highBit: highBit ?? bits - 1,
    signed: dataSet.uint16(tags.pixelRepresentation) === 1,
    frames,
  };
}

const isScan = (dataSet: DataSet): boolean =>
  [tags.sopClassUid, tags.mediaStorageSopClassUid]
    .map((tag) => textOf(dataSet, tag))
    .some((uid) => uid?.startsWith(STORAGE_ROOT) && SCAN_CLASSES.has(uid.slice(STORAGE_ROOT.length)));

const isReadable = ({ bitsAllocated, bitsStored, highBit }: StoredPixels): boolean =>
  [8, 16, 32].includes(bitsAllocated) && highBit < bitsAllocated && bitsStored <= highBit + 1;

/** Uncompressed pixels that are not all there: known before memory is taken for them. */
function isCutOff(
  dataSet: DataSet,
  { transferSyntaxUid, rows, columns, bitsAllocated, frames }: StoredPixels,
): boolean {
  if (encodingOf(transferSyntaxUid)?.compressed !== false) return false;
  return dataSet.elements[tags.pixelData]!.length < (rows * columns * bitsAllocated * frames) / 8;
}

const isGrey = (dataSet: DataSet): boolean =>
  /^MONOCHROME[12]$/.test(textOf(dataSet, tags.photometricInterpretation) ?? "");

const modalityOf = (code: string): Modality =>
  code === "CT" || code === "MR" || code === "US" ? code : code === "PT" ? "PET" : "other";
