/** Bundles on disk. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Bundle,
  bundleFileNames,
  type Card,
  MANIFEST,
  openBundle,
  partNames,
  withMetrics,
} from "../bundle/index.js";
import { MAX_TEXT_BYTES, readBytesIfThere, writeFilesTogether } from "../dataset/index.js";

/** @throws UserError where a part is missing, altered or of another version */
export async function readBundleFolder(folder: string): Promise<Bundle> {
  return openBundle(await readBundleFiles(folder));
}

/** The files of a bundle by name, those that are there. @throws UserError where one is too large or cannot be read */
export async function readBundleFiles(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  const read = async (part: string): Promise<void> => {
    const most = part.endsWith(".onnx") ? undefined : MAX_TEXT_BYTES;
    const bytes = await readBytesIfThere(join(folder, part), { expected: "a part of a bundle", most });
    if (bytes) files[part] = bytes;
  };
  await read(MANIFEST);
  // Without a manifest, what else is there tells the user whether it is a bundle's folder at all.
  for (const part of files[MANIFEST] === undefined ? partNames : bundleFileNames(files)) await read(part);
  return files;
}

/**
 * Writes figures onto the card of a bundle, see `withMetrics`. The manifest comes last.
 *
 * @returns the bundle as it is now, under another fingerprint where the figures are new
 * @throws UserError where there is no bundle, or its folder may not be written
 */
export async function writeMetrics(folder: string, metrics: Card["metrics"]): Promise<Bundle> {
  const before = await readBundleFiles(folder);
  const files = await withMetrics(before, metrics);
  const changed = Object.entries(files).filter(([name, bytes]) => !sameBytes(bytes, before[name]));
  await writeFilesTogether(changed.map(([name, bytes]) => [join(folder, name), bytes]));
  return openBundle(files);
}

const sameBytes = (bytes: Uint8Array, others: Uint8Array | undefined): boolean =>
  others !== undefined && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).equals(others);

/** The folder of the bundle that comes with sureseg; undefined in a copy without one. */
export function shippedBundle(): string | undefined {
  const folder = fileURLToPath(new URL("../../bundle", import.meta.url));
  return existsSync(join(folder, MANIFEST)) ? folder : undefined;
}
