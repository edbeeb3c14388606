/** manifest.json: the parts of a bundle, their lengths and hashes. */

import { z } from "zod";
import { parseJson, UserError } from "../base/index.js";

const FORMAT = "sureseg-bundle";
const VERSION = 1;

/** Every part that a bundle has, besides the manifest itself. */
export const partNames = [
  "model.onnx",
  "preparation.json",
  "inference.json",
  "labels.json",
  "calibration.json",
  "guard.json",
  "card.json",
  "card.md",
] as const;

export type PartName = (typeof partNames)[number];

export const MANIFEST = "manifest.json";

/** A bundle's files by name: one folder, without subfolders. */
export type BundleFiles = Readonly<Record<string, Uint8Array>>;

const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  parts: z
    .array(
      z.strictObject({
        name: z.enum(partNames),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(partNames.length),
});

/** Lower-case hexadecimal SHA-256. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new UserError({
      subject: "bundle",
      found: "a page without cryptography",
      expected: "one that can check the bundle's hashes",
      advice: "Open the page over https or from localhost.",
    });
  }
  // A view of shared memory is not accepted, hence a copy of that.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
  const digest = new Uint8Array(await subtle.digest("SHA-256", own));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function writeManifest(parts: Readonly<Record<PartName, Uint8Array>>): Promise<string> {
  const written: z.infer<typeof manifestSchema> = { format: FORMAT, version: VERSION, parts: [] };
  for (const name of partNames) {
    written.parts.push({ name, bytes: parts[name].length, sha256: await sha256(parts[name]) });
  }
  return `${JSON.stringify(written, null, 2)}\n`;
}

/**
 * The parts, each as its manifest says. Files that the manifest does not name are not looked at.
 *
 * @throws UserError naming the part that is missing, altered or not of this version
 */
export async function verifyParts(files: BundleFiles): Promise<Record<PartName, Uint8Array>> {
  const manifest = readManifest(files);
  const parts: Partial<Record<PartName, Uint8Array>> = {};
  for (const name of partNames) {
    const entry = manifest.parts.find((part) => part.name === name);
    if (entry === undefined) {
      throw new UserError({
        subject: `bundle, ${MANIFEST}`,
        found: `no entry for ${name}`,
        expected: "one for every part",
        advice: "The manifest is damaged; export the bundle again.",
      });
    }
    const bytes = fileOf(files, name);
    if (bytes === undefined) {
      throw new UserError({
        subject: `bundle, ${name}`,
        found: "no such file",
        expected: `the part of ${entry.bytes} bytes that the manifest names`,
        advice: "Copy the bundle's folder again, whole.",
      });
    }
    const hash = bytes.length === entry.bytes ? await sha256(bytes) : undefined;
    if (hash !== entry.sha256) {
      throw new UserError({
        subject: `bundle, ${name}`,
        found:
          hash === undefined ? `${bytes.length} bytes` : `other content (SHA-256 ${hash.slice(0, 12)}...)`,
        expected: hash === undefined ? `${entry.bytes} bytes` : `SHA-256 ${entry.sha256.slice(0, 12)}...`,
        advice: "The part was altered or belongs to another bundle; copy or export the bundle again.",
      });
    }
    parts[name] = bytes;
  }
  return parts as Record<PartName, Uint8Array>;
}

/** Text of a part; UTF-8. */
export function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError({
      subject: `bundle, ${name}`,
      found: "bytes that are not UTF-8",
      expected: "text",
      advice: "The part is damaged; export the bundle again.",
      cause,
    });
  }
}

function readManifest(files: BundleFiles): z.infer<typeof manifestSchema> {
  const bytes = fileOf(files, MANIFEST);
  if (bytes === undefined) {
    throw new UserError({
      subject: "bundle",
      found: `${Object.keys(files).slice(0, 5).join(", ") || "no files"}`,
      expected: `a folder with ${MANIFEST}`,
      advice: "Give the folder that sureseg exported, not one of its files or its parent.",
    });
  }
  const name = `bundle, ${MANIFEST}`;
  const text = textOf(bytes, MANIFEST);
  const { version } = parseJson(text, header, name);
  if (version !== VERSION) {
    throw new UserError({
      subject: name,
      found: `format version ${version}`,
      expected: `version ${VERSION}`,
      advice: "Export the bundle again, or use the version of sureseg that wrote it.",
    });
  }
  const manifest = parseJson(text, manifestSchema, name);
  const names = manifest.parts.map((part) => part.name);
  const twice = names.find((part, at) => names.indexOf(part) !== at);
  if (twice !== undefined) {
    throw new UserError({
      subject: name,
      found: `${twice} twice`,
      expected: "each part once",
      advice: "The manifest is damaged; export the bundle again.",
    });
  }
  return manifest;
}

const fileOf = (files: BundleFiles, name: string): Uint8Array | undefined =>
  Object.hasOwn(files, name) ? files[name] : undefined;
