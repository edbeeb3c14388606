/** A DICOM segmentation as dicom-parser reads it: what tests say of frames and segments. */
import dicomParser, { type DataSet } from "dicom-parser";

export interface FrameRead {
  /** From 1. */
  readonly segment: number;
  readonly position: readonly number[];
  readonly sopInstanceUid: string;
  readonly frameNumber: number | undefined;
  readonly spatialLocationsPreserved: string | undefined;
  readonly dimensionIndex: readonly number[];
  /** Stored values: bits, or bytes of a fractional one. */
  readonly pixels: Uint8Array;
}

export interface SegmentationRead {
  readonly dataSet: DataSet;
  readonly frames: readonly FrameRead[];
  readonly segments: readonly DataSet[];
}

export function readSegmentationFile(bytes: Uint8Array): SegmentationRead {
  const dataSet = dicomParser.parseDicom(Uint8Array.from(bytes));
  const perFrame = dataSet.uint16("x00280010")! * dataSet.uint16("x00280011")!;
  const stored = dataSet.elements.x7fe00010!;
  const pixelBytes = dataSet.byteArray.subarray(stored.dataOffset, stored.dataOffset + stored.length);
  const values =
    dataSet.uint16("x00280100") === 1
      ? (at: number) => (pixelBytes[at >> 3]! >> (at & 7)) & 1
      : (at: number) => pixelBytes[at]!;
  const frames = itemsOf(dataSet, "x52009230").map((group, at): FrameRead => {
    const source = itemsOf(itemsOf(group, "x00089124")[0]!, "x00082112")[0]!;
    const index = itemsOf(group, "x00209111")[0]!;
    return {
      segment: itemsOf(group, "x0062000a")[0]!.uint16("x0062000b")!,
      position: numbersIn(itemsOf(group, "x00209113")[0]!, "x00200032"),
      sopInstanceUid: source.string("x00081155")!,
      frameNumber: source.intString("x00081160"),
      spatialLocationsPreserved: source.string("x0028135a"),
      dimensionIndex: [0, 1].map((n) => index.uint32("x00209157", n)!),
      pixels: Uint8Array.from({ length: perFrame }, (_, voxel) => values(at * perFrame + voxel)),
    };
  });
  return { dataSet, frames, segments: itemsOf(dataSet, "x00620002") };
}

export const itemsOf = (dataSet: DataSet, tag: string): DataSet[] =>
  (dataSet.elements[tag]?.items ?? []).map(({ dataSet: item }) => item!);

export const numbersIn = (dataSet: DataSet, tag: string): number[] =>
  dataSet.string(tag)!.split("\\").map(Number);

/** The text of a code's value and meaning, of the first item of a sequence. */
export const codeIn = (dataSet: DataSet, sequence: string): string | undefined => {
  const item = itemsOf(dataSet, sequence)[0];
  return item && `${item.string("x00080100")} ${item.string("x00080104")}`;
};

/** The bytes of an element; undefined where there is none. */
export function bytesIn({ elements, byteArray }: DataSet, tag: string): Uint8Array | undefined {
  const element = elements[tag];
  return element && byteArray.slice(element.dataOffset, element.dataOffset + element.length);
}
