/** manifest.json: the parts of a bundle, their lengths and hashes. */

import { z } from "zod";
import { parseJson, UserError } from "../base/index.js";

const FORMAT = "sureseg-bundle";
/** Of bundles with one network; earlier versions of sureseg open these too. */
const VERSION = 1;
/** Of ensembles: the manifest says how many networks there are. */
const ENSEMBLE_VERSION = 2;
/** Most networks of one bundle. */
export const MAXIMUM_NETWORKS = 20;

/** Every part that a bundle has, besides the manifest itself; an ensemble has more of those that belong to a network. */
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

/** Parts that each network of an ensemble has for itself. */
export const networkParts = ["model.onnx", "calibration.json", "guard.json"] as const;

export type NetworkPart = (typeof networkParts)[number];

/** The file of a network's part: `model.onnx` of the first network (number 0), `model-2.onnx` of the second. */
export const fileOfNetwork = (part: NetworkPart, network: number): string =>
  network === 0 ? part : part.replace(".", `-${network + 1}.`);

const filesOfNetworks = (networks: number): string[] =>
  Array.from({ length: networks - 1 }, (_, at) =>
    networkParts.map((part) => fileOfNetwork(part, at + 1)),
  ).flat();

export const MANIFEST = "manifest.json";

/** A bundle's files by name: one folder, without subfolders. */
export type BundleFiles = Readonly<Record<string, Uint8Array>>;

const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

const part = z.strictObject({
  name: z.enum([...partNames, ...filesOfNetworks(MAXIMUM_NETWORKS)]),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.discriminatedUnion("version", [
  z.strictObject({
    format: z.literal(FORMAT),
    version: z.literal(VERSION),
    parts: z.array(part).max(partNames.length),
  }),
  z.strictObject({
    format: z.literal(FORMAT),
    version: z.literal(ENSEMBLE_VERSION),
    networks: z.int().min(2).max(MAXIMUM_NETWORKS),
    parts: z.array(part).max(partNames.length + networkParts.length * (MAXIMUM_NETWORKS - 1)),
  }),
]);

type Manifest = z.infer<typeof manifestSchema>;

const networksOf = (manifest: Manifest): number => ("networks" in manifest ? manifest.networks : 1);

/**
 * The files that a bundle's manifest names and that a bundle may have, so that no other file of its folder is read.
 *
 * @throws UserError where the manifest is missing, damaged or of another version
 */
export const bundleFileNames = (files: BundleFiles): string[] => [
  ...partNames,
  ...filesOfNetworks(networksOf(readManifest(files))),
];

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

/** @param parts those of `partNames`, and of each further network those of `networkParts` */
export async function writeManifest(parts: BundleFiles, networks: number): Promise<string> {
  const written: Manifest["parts"] = [];
  for (const name of [...partNames, ...filesOfNetworks(networks)]) {
    const bytes = parts[name]!;
    written.push({ name, bytes: bytes.length, sha256: await sha256(bytes) });
  }
  const manifest: Manifest =
    networks === 1
      ? { format: FORMAT, version: VERSION, parts: written }
      : { format: FORMAT, version: ENSEMBLE_VERSION, networks, parts: written };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What a manifest vouches for. */
export interface VerifiedParts {
  readonly networks: number;
  readonly parts: Readonly<Record<string, Uint8Array>>;
}

/**
 * The parts, each as its manifest says. Files that the manifest does not name are not looked at.
 *
 * @throws UserError naming the part that is missing, altered or not of this version
 */
export async function verifyParts(files: BundleFiles): Promise<VerifiedParts> {
  const manifest = readManifest(files);
  const networks = networksOf(manifest);
  const parts: Record<string, Uint8Array> = {};
  for (const name of [...partNames, ...filesOfNetworks(networks)]) {
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
  return { networks, parts };
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

function readManifest(files: BundleFiles): Manifest {
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
  if (version !== VERSION && version !== ENSEMBLE_VERSION) {
    throw new UserError({
      subject: name,
      found: `format version ${version}`,
      expected: `version ${VERSION} or ${ENSEMBLE_VERSION}`,
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
