/**
 * A data set as a DICOM file (PS3.10): Explicit VR Little Endian, sequences and items with their lengths, so that a reader
 * needs no delimiters.
 */
import { joined } from "../../byte-source.js";
import type { DicomElement } from "../../dicom/series-source.js";
import { attributes, type DataSet, type Keyword, type ValueRepresentation } from "./attributes.js";
import { decimalString } from "./decimal-string.js";
import { type TextEncoding, textEncodingBeside } from "./text.js";

/** Explicit VR Little Endian. */
const TRANSFER_SYNTAX = "1.2.840.10008.1.2.1";

/** Says that a file is of this writer: made once, as 2.25 and a UUID. */
const IMPLEMENTATION_CLASS = "2.25.144437336760252116481632494210797007763";

const PREAMBLE = 128;
const ITEM = 0xfffee000;

/** Representations whose length takes four bytes, after two that are reserved. */
const LONG_FORM = new Set(["SQ", "OB", "UN"]);

/** Most characters of a value (PS3.5 6.2); what is longer ends in three dots. */
const MOST_CHARACTERS: Partial<Record<ValueRepresentation, number>> = { CS: 16, SH: 16, LO: 64, ST: 1024 };

/** Longest value whose length takes two bytes. */
const MOST_SHORT_BYTES = 0xfffe;

/** Representations whose odd values are made even by a null; the others take a space. */
const NULL_PADDED = new Set(["UI", "OB", "UN"]);

/** @param copied elements of the data set's top level that go into the file as they are; none of `dataSet`'s own */
export function encodeFile(dataSet: DataSet, copied: readonly DicomElement[] = []): Uint8Array {
  const text = textEncodingBeside(copied);
  const meta = joined(
    encodeDataSet(
      {
        FileMetaInformationVersion: Uint8Array.of(0, 1),
        MediaStorageSOPClassUID: dataSet.SOPClassUID!,
        MediaStorageSOPInstanceUID: dataSet.SOPInstanceUID!,
        TransferSyntaxUID: TRANSFER_SYNTAX,
        ImplementationClassUID: IMPLEMENTATION_CLASS,
        ImplementationVersionName: "SURESEG",
      },
      text,
    ),
  );
  const whole = { ...dataSet, ...(text.stated && { SpecificCharacterSet: text.stated }) };
  const magic = new TextEncoder().encode("DICM");
  const metaLength = element(0x00020000, "UL", numbers([meta.length], 4));
  return joined([
    new Uint8Array(PREAMBLE),
    magic,
    ...metaLength,
    meta,
    ...encodeDataSet(whole, text, copied),
  ]);
}

/** The bytes in pieces, so that pixels are copied once, at the end. */
function encodeDataSet(
  dataSet: DataSet,
  text: TextEncoding,
  copied: readonly DicomElement[] = [],
): Uint8Array[] {
  const encoded = copied.map(({ tag, vr, bytes }) => ({ tag, pieces: element(tag, vr, bytes) }));
  for (const keyword of Object.keys(dataSet) as Keyword[]) {
    const [tag, vr] = attributes[keyword];
    encoded.push({ tag, pieces: element(tag, vr, valueBytes(vr, dataSet[keyword], text)) });
  }
  return encoded.sort((a, b) => a.tag - b.tag).flatMap(({ pieces }) => pieces);
}

function valueBytes(vr: ValueRepresentation, value: unknown, text: TextEncoding): Uint8Array {
  switch (vr) {
    case "SQ":
      return joined((value as readonly DataSet[]).map((item) => asItem(encodeDataSet(item, text))));
    case "OB":
      return value as Uint8Array;
    case "US":
      return numbers([value as number].flat(), 2);
    case "UL":
      return numbers([value as number].flat(), 4);
    case "AT":
      // Group and element are two numbers of two bytes each.
      return numbers([value as number].flat().flatMap(tagParts), 2);
    case "DS":
      return text.encode([value as number].flat().map(decimalString).join("\\"));
    case "IS":
      return text.encode([value as number].flat().map(String).join("\\"));
    default:
      return text.encode(
        [value as string]
          .flat()
          .map((one) => fitting(one, vr))
          .join("\\"),
      );
  }
}

/** Text that its representation can hold: no control characters, no backslash, which parts values, and not too long. */
function fitting(text: string, vr: ValueRepresentation): string {
  const clean = text.replace(/\p{Cc}/gu, " ").replaceAll("\\", "/");
  const letters = Array.from(clean);
  const most = MOST_CHARACTERS[vr] ?? Number.POSITIVE_INFINITY;
  return letters.length <= most ? clean : `${letters.slice(0, most - 3).join("")}...`;
}

const tagParts = (tag: number): number[] => [tag >>> 16, tag & 0xffff];

function numbers(values: readonly number[], bytesEach: 2 | 4): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytesEach));
  for (const [at, value] of values.entries()) {
    if (bytesEach === 2) view.setUint16(at * 2, value, true);
    else view.setUint32(at * 4, value, true);
  }
  return new Uint8Array(view.buffer);
}

/** Tag, representation, length and value, padded to an even length. */
function element(tag: number, vr: string, value: Uint8Array): Uint8Array[] {
  // So PS3.5 6.2.2 has it for values that came without a representation and are too long for theirs.
  if (!LONG_FORM.has(vr) && value.length > MOST_SHORT_BYTES) return element(tag, "UN", value);
  const long = LONG_FORM.has(vr);
  const head = new DataView(new ArrayBuffer(long ? 12 : 8));
  for (const [at, part] of tagParts(tag).entries()) head.setUint16(at * 2, part, true);
  for (const at of [0, 1]) head.setUint8(4 + at, vr.charCodeAt(at));
  const odd = value.length % 2;
  if (long) head.setUint32(8, value.length + odd, true);
  else head.setUint16(6, value.length + odd, true);
  const padding = new Uint8Array(odd).fill(NULL_PADDED.has(vr) ? 0 : 0x20);
  return [new Uint8Array(head.buffer), value, padding];
}

function asItem(pieces: readonly Uint8Array[]): Uint8Array {
  const content = joined(pieces);
  const head = new DataView(new ArrayBuffer(8));
  for (const [at, part] of tagParts(ITEM).entries()) head.setUint16(at * 2, part, true);
  head.setUint32(4, content.length, true);
  return joined([new Uint8Array(head.buffer), content]);
}
