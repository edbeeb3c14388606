/** Bundles and images on disk. */

import { join } from "node:path";
import { type Bundle, MANIFEST, openBundle, partNames } from "../bundle/index.js";
import { readBytesIfThere } from "../dataset/index.js";

/** @throws UserError where a part is missing, altered or of another version */
export async function readBundleFolder(folder: string): Promise<Bundle> {
  const files: Record<string, Uint8Array> = {};
  for (const part of [...partNames, MANIFEST]) {
    const bytes = await readBytesIfThere(join(folder, part), { expected: "a part of a bundle" });
    if (bytes) files[part] = bytes;
  }
  return openBundle(files);
}
