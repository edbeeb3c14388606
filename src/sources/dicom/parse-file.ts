/** The data set of a DICOM file (PS3.10), or of one that lacks preamble and meta information. */
import dicomParser, { type DataSet } from "dicom-parser";
import { Inflate } from "fflate";
import { UserError } from "../../base/index.js";
import { MAX_BYTES } from "../../volume/index.js";
import { joined } from "../byte-source.js";
import { tags } from "./tags.js";

/** Bytes before the letters DICM. */
const PREAMBLE = 128;

/** Transfer syntaxes of bare data sets, recognised by their first element. */
const bareSyntaxes = {
  implicitLittleEndian: "1.2.840.10008.1.2",
  explicitLittleEndian: "1.2.840.10008.1.2.1",
  explicitBigEndian: "1.2.840.10008.1.2.2",
} as const;

/** Deflated Explicit VR Little Endian. */
const DEFLATED = "1.2.840.10008.1.2.1.99";

/** Bytes handed to the unpacker at a time. */
const PIECE = 1 << 16;

/** Longest text that is read from an element; those that are needed here are far shorter. */
const MAX_TEXT = 4096;

export interface DicomFile {
  readonly dataSet: DataSet;
  readonly transferSyntaxUid: string;
}

/** True when a file starts as DICOM does: DICM after 128 bytes, or an element of group 2 or 8 at once. */
export const isDicom = (start: Uint8Array): boolean => hasPreamble(start) || startsBare(start);

/** True when the letters DICM say so: then what cannot be read is damaged. */
export const hasPreamble = (start: Uint8Array): boolean =>
  start[128] === 0x44 && start[129] === 0x49 && start[130] === 0x43 && start[131] === 0x4d;

/** @throws UserError naming the file where it is cut off or damaged */
export function parseDicomFile(bytes: Uint8Array, name: string): DicomFile {
  try {
    // A view without the habits of Node's Buffer, whose slices share memory.
    return parse(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/** The error for what cannot be read, unless there is one that says more. */
export function damaged(name: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  return new UserError({
    subject: name,
    found: "a DICOM file that is cut off or damaged",
    expected: "a whole DICOM file",
    advice: "Export or copy the file again.",
    // Errors of a parser quote what it read: they go no further.
    cause: cause instanceof Error ? cause.name : typeof cause,
  });
}

function parse(bytes: Uint8Array): DicomFile {
  if (hasPreamble(bytes)) return parsed(bytes);
  // Meta information without preamble: give it one.
  if (startsWithGroup(bytes, 2)) {
    const magic = new Uint8Array(PREAMBLE + 4);
    magic.set([0x44, 0x49, 0x43, 0x4d], PREAMBLE);
    return parsed(joined([magic, bytes]));
  }
  const syntax = bareSyntaxOf(bytes);
  if (syntax === undefined) throw new RangeError("no DICOM");
  const dataSet = dicomParser.parseDicom(bytes, { TransferSyntaxUID: syntax });
  return { dataSet, transferSyntaxUid: syntax };
}

function parsed(bytes: Uint8Array): DicomFile {
  let deflated = false;
  const dataSet = dicomParser.parseDicom(bytes, {
    inflater: (packed: Uint8Array, position: number) => {
      deflated = true;
      return inflated(packed.subarray(position));
    },
  });
  // The elements of the meta information are not in what was unpacked.
  if (deflated) return { dataSet, transferSyntaxUid: DEFLATED };
  return { dataSet, transferSyntaxUid: textOf(dataSet, tags.transferSyntaxUid) ?? "" };
}

/** A deflated data set, unpacked up to a bound. */
function inflated(packed: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const inflate = new Inflate((piece) => {
    length += piece.length;
    if (length > MAX_BYTES) throw new RangeError("more than an image may hold");
    pieces.push(piece);
  });
  for (let at = 0; at < packed.length; at += PIECE)
    inflate.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  return joined(pieces);
}

const startsWithGroup = (bytes: Uint8Array, group: number): boolean =>
  bytes[0] === group && bytes[1] === 0 && isRepresentation(bytes);

const startsBare = (start: Uint8Array): boolean =>
  startsWithGroup(start, 2) || bareSyntaxOf(start) !== undefined;

/** A bare data set begins with one of the first elements of group 8. */
function bareSyntaxOf(bytes: Uint8Array): string | undefined {
  const [a, b, c, d, , , e, f] = bytes;
  if (bytes.length < 16) return undefined;
  if (a === 0 && b === 8 && c === 0 && d! <= 0x20)
    return isRepresentation(bytes) ? bareSyntaxes.explicitBigEndian : undefined;
  if (a !== 8 || b !== 0 || c! > 0x20 || d !== 0) return undefined;
  if (isRepresentation(bytes)) return bareSyntaxes.explicitLittleEndian;
  // The length of such an element is short.
  return e === 0 && f === 0 ? bareSyntaxes.implicitLittleEndian : undefined;
}

/** Two capital letters after the tag: an explicit value representation. */
const isRepresentation = (bytes: Uint8Array): boolean => isCapital(bytes[4]) && isCapital(bytes[5]);

const isCapital = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;

/** Text of an element, all of its values, trimmed; undefined where there is none. */
export function textOf(dataSet: DataSet | undefined, tag: string): string | undefined {
  const element = dataSet?.elements[tag];
  if (dataSet === undefined || element === undefined) return undefined;
  if (element.length === 0 || element.length > MAX_TEXT) return undefined;
  const text = dataSet.string(tag)?.trim();
  return text === "" ? undefined : text;
}

/** Values of an element of decimal or integer strings; undefined where there is none or one is no finite number. */
export function numbersOf(dataSet: DataSet | undefined, tag: string): number[] | undefined {
  const values = textOf(dataSet, tag)
    ?.split("\\")
    .map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  return values?.every(Number.isFinite) ? values : undefined;
}

/** The first item of a sequence. */
export const itemOf = (dataSet: DataSet | undefined, tag: string): DataSet | undefined =>
  dataSet?.elements[tag]?.items?.[0]?.dataSet;
