/** Bundles and images on disk. */

import { join } from "node:path";
import { type Bundle, bundleFileNames, MANIFEST, openBundle, partNames } from "../bundle/index.js";
import { readBytesIfThere } from "../dataset/index.js";

/** @throws UserError where a part is missing, altered or of another version */
export async function readBundleFolder(folder: string): Promise<Bundle> {
  const files: Record<string, Uint8Array> = {};
  const read = async (part: string): Promise<void> => {
    const bytes = await readBytesIfThere(join(folder, part), { expected: "a part of a bundle" });
    if (bytes) files[part] = bytes;
  };
  await read(MANIFEST);
  // Without a manifest, what else is there tells the user whether it is a bundle's folder at all.
  for (const part of files[MANIFEST] === undefined ? partNames : bundleFileNames(files)) await read(part);
  return openBundle(files);
}
