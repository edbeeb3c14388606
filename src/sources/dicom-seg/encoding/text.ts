/** Text of our own in a file whose other text is copied: in the character set of that. */
import type { DicomElement } from "../../dicom/series-source.js";

/** Specific Character Set (0008,0005). */
const CHARACTER_SET = 0x00080005;

/** Its defined term for UTF-8, of which ASCII is a part. */
const UTF_8 = "ISO_IR 192";

export interface TextEncoding {
  /** The character set to be stated; undefined where the copied elements state one, or what is copied needs none. */
  readonly stated: string | undefined;
  encode(text: string): Uint8Array;
}

/**
 * Copied elements stay as they are, byte for byte, so our text must suit their character set. It is UTF-8 where that is
 * theirs, or where they state none and are plain ASCII; else what is not ASCII loses its accents or becomes a question mark.
 */
export function textEncodingBeside(copied: readonly DicomElement[]): TextEncoding {
  const encoder = new TextEncoder();
  const utf8 = (text: string): Uint8Array => encoder.encode(text);
  const ascii = (text: string): Uint8Array => encoder.encode(asAscii(text));
  const element = copied.find(({ tag }) => tag === CHARACTER_SET);
  if (element === undefined) {
    const plain = copied.every(({ bytes }) => bytes.every((byte) => byte < 0x80));
    return plain ? { stated: UTF_8, encode: utf8 } : { stated: undefined, encode: ascii };
  }
  const copiedSet = new TextDecoder("latin1").decode(element.bytes).trim();
  return { stated: undefined, encode: copiedSet === UTF_8 ? utf8 : ascii };
}

function asAscii(text: string): string {
  const plain = text.normalize("NFD").replace(/\p{Mark}/gu, "");
  return Array.from(plain, (letter) => (letter < "\x80" ? letter : "?")).join("");
}
