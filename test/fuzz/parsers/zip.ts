/** Zips of DICOM files: their directory, its forged sizes, and what is packed. */
import { unzipSync, type Zippable, zipSync } from "fflate";
import type { Random } from "../../../src/base/index.js";
import { readImage, unpackedSizeOf } from "../../../src/sources/index.js";
import { fixture } from "../fixtures.js";
import { anyBytes, bitsFlipped, fieldsForged, pick } from "../mutations.js";
import { numberField } from "../numbers.js";
import type { Field, OpenParser } from "../parser.js";

/** Kinds of numbers behind each signature (APPNOTE 4.3): of a file, of its entry in the directory, of the end. */
const RECORDS: readonly (readonly [signature: number, kinds: readonly ("int16" | "int32")[]])[] = [
  [0x04034b50, ["int16", "int16", "int16", "int16", "int16", "int32", "int32", "int32", "int16", "int16"]],
  [
    0x02014b50,
    [
      ...(["int16", "int16", "int16", "int16", "int16", "int16", "int32", "int32", "int32"] as const),
      ...(["int16", "int16", "int16", "int16", "int16", "int32", "int32"] as const),
    ],
  ],
  [0x06054b50, ["int16", "int16", "int16", "int16", "int32", "int32", "int16"]],
];

function fields(zip: Uint8Array): Field[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const found: Field[] = [];
  for (let at = 0; at + 4 <= zip.length; at++) {
    const kinds = RECORDS.find(([signature]) => signature === view.getUint32(at, true))?.[1] ?? [];
    let place = at + 4;
    for (const kind of kinds) {
      const field = numberField(place, kind, true);
      if (field.end <= zip.length) found.push(field);
      place = field.end;
    }
  }
  return found;
}

const NAMES = [
  "a.dcm",
  "../a",
  "/etc/a",
  "a/",
  "__MACOSX/a",
  ".hidden",
  "\u0000",
  "é",
  "__proto__",
  "constructor",
  "x".repeat(300),
];

export async function open(): Promise<OpenParser> {
  const files = Object.values(unzipSync(fixture("dicom/uint8.zip"))).slice(0, 2);
  const named = Object.fromEntries(files.map((file, at) => [`${at}.dcm`, file]));
  const zeros = new Uint8Array(2 ** 14);
  const seeds = [
    zipSync(named, { level: 6 }),
    zipSync({ ...named, "notes.txt": Buffer.from("note"), "folder/": new Uint8Array(0) }, { level: 9 }),
    zipSync({
      "a.dcm": [files[0]!.subarray(0, 300), { level: 0, comment: "note", extra: { 1: new Uint8Array(9) } }],
    }),
    zipSync({ zeros }),
    zipSync({ "inner.zip": zipSync({ a: zeros }) }),
  ];
  const grammar = (random: Random): Uint8Array => {
    const content = (): Uint8Array =>
      pick([files[0]!, bitsFlipped(files[1]!, random), anyBytes(random.below(200), random), zeros], random);
    const entries: Zippable = {};
    for (let left = random.below(4); left >= 0; left--) {
      entries[pick(NAMES, random)] = [content(), { level: pick([0, 1], random) }];
    }
    const made = zipSync(entries);
    return random.uniform() < 0.5 ? made : fieldsForged(made, fields(made), random);
  };
  return {
    seeds,
    async read(bytes) {
      const image = { name: "a.zip", files: [{ name: "a.zip", read: async () => bytes }], folder: false };
      // A zip that is none is read as another format, or refused.
      await unpackedSizeOf(image);
      await readImage(image);
    },
    fields,
    grammar,
  };
}
