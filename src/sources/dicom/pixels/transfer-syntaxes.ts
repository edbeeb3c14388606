/** The transfer syntaxes that are read (PS3.5 annex A). */
import type { FrameDecoder } from "./frame-decoder.js";
import { decodeJpegLossless, decodeJpegLs } from "./jpeg.js";
import { decodeJpeg2000 } from "./jpeg-2000.js";
import { decodeRle } from "./rle.js";

/** How pixels are stored: as they are, in either byte order, or compressed frame by frame. */
export type PixelEncoding =
  | { readonly compressed: false; readonly bigEndian: boolean }
  | { readonly compressed: true; readonly decode: FrameDecoder };

const plain = { compressed: false, bigEndian: false } as const;

/** By transfer syntax UID. To add one: a decoder, and its line here. */
const encodings: Readonly<Record<string, PixelEncoding>> = {
  // Implicit VR, Explicit VR and Deflated Explicit VR Little Endian.
  "1.2.840.10008.1.2": plain,
  "1.2.840.10008.1.2.1": plain,
  "1.2.840.10008.1.2.1.99": plain,
  // Explicit VR Big Endian.
  "1.2.840.10008.1.2.2": { compressed: false, bigEndian: true },
  // JPEG lossless, process 14: any predictor, and the first.
  "1.2.840.10008.1.2.4.57": { compressed: true, decode: decodeJpegLossless },
  "1.2.840.10008.1.2.4.70": { compressed: true, decode: decodeJpegLossless },
  // JPEG-LS lossless and near-lossless.
  "1.2.840.10008.1.2.4.80": { compressed: true, decode: decodeJpegLs },
  "1.2.840.10008.1.2.4.81": { compressed: true, decode: decodeJpegLs },
  // JPEG 2000 lossless alone, and either.
  "1.2.840.10008.1.2.4.90": { compressed: true, decode: decodeJpeg2000 },
  "1.2.840.10008.1.2.4.91": { compressed: true, decode: decodeJpeg2000 },
  // RLE.
  "1.2.840.10008.1.2.5": { compressed: true, decode: decodeRle },
};

/** Names of compressions that are not read, for messages. */
const unread: readonly (readonly [RegExp, string])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.5[01]$/, "lossy JPEG"],
  [/^1\.2\.840\.10008\.1\.2\.4\.20[1-3]$/, "high-throughput JPEG 2000"],
  [/^1\.2\.840\.10008\.1\.2\.4\.1(10|11|12)$/, "JPEG XL"],
  [/^1\.2\.840\.10008\.1\.2\.4\.10/, "video"],
];

export const encodingOf = (transferSyntaxUid: string): PixelEncoding | undefined =>
  Object.hasOwn(encodings, transferSyntaxUid) ? encodings[transferSyntaxUid] : undefined;

/** What a compression that is not read is called. */
export const nameOfUnread = (transferSyntaxUid: string): string =>
  unread.find(([pattern]) => pattern.test(transferSyntaxUid))?.[1] ?? "a compression that is not known";
