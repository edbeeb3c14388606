/** Text of our own in a file whose other text is copied: in the character set of that. */
import type { DicomElement } from "../../dicom/series-source.js";

/** Specific Character Set (0008,0005). */
const CHARACTER_SET = 0x00080005;

/** Defined terms of character sets that our text can be written in, ASCII being a part of each. */
const UTF_8 = "ISO_IR 192";
const LATIN_1 = "ISO_IR 100";

export interface TextEncoding {
  /** The character set to be stated; undefined where the copied elements state one, or what is copied needs none. */
  readonly stated: string | undefined;
  encode(text: string): Uint8Array;
}

/**
 * Copied elements stay as they are, byte for byte, so our text must suit their character set. It is UTF-8 where that is
 * theirs, or where they state none and are plain ASCII. What the character set has not loses its accents or becomes a
 * question mark; of sets that are neither UTF-8 nor Latin-1, ASCII alone is used.
 */
export function textEncodingBeside(copied: readonly DicomElement[]): TextEncoding {
  const encoder = new TextEncoder();
  const utf8 = (text: string): Uint8Array => encoder.encode(text);
  const bytesUpTo = (last: string) => (text: string) =>
    Uint8Array.from(reduced(text, last), (letter) => letter.charCodeAt(0));
  const ascii = bytesUpTo("\x7f");
  const element = copied.find(({ tag }) => tag === CHARACTER_SET);
  if (element === undefined) {
    const plain = copied.every(({ bytes }) => bytes.every((byte) => byte < 0x80));
    return plain ? { stated: UTF_8, encode: utf8 } : { stated: undefined, encode: ascii };
  }
  const set = new TextDecoder("latin1").decode(element.bytes).trim();
  return { stated: undefined, encode: set === UTF_8 ? utf8 : set === LATIN_1 ? bytesUpTo("\xff") : ascii };
}

/** Text of letters up to a last one. */
function reduced(text: string, last: string): string[] {
  return Array.from(text.normalize("NFC")).flatMap((letter) => {
    if (letter <= last) return [letter];
    const plain = letter.normalize("NFD").replace(/\p{Mark}/gu, "");
    return plain.length > 0 && plain <= last ? Array.from(plain) : ["?"];
  });
}
