/** Bundles and images on disk. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/index.js";
import { type Bundle, MANIFEST, openBundle, partNames } from "../bundle/index.js";

/** @throws UserError where a part is missing, altered or of another version */
export async function readBundleFolder(folder: string): Promise<Bundle> {
  const files: Record<string, Uint8Array> = {};
  for (const part of [...partNames, MANIFEST]) {
    const bytes = await readFile(join(folder, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw new UserError({
        subject: join(folder, part),
        found: `an unreadable file (${error.code})`,
        expected: "a part of a bundle",
        advice: "Check the permissions.",
        cause: error,
      });
    });
    if (bytes) files[part] = bytes;
  }
  return openBundle(files);
}
