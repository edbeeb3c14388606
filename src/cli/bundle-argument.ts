/** Which of the words of a command are a bundle and which are images. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/index.js";
import { MANIFEST, partNames } from "../bundle/index.js";
import { holdsDicom } from "../dataset/image-files.js";
import { shippedBundle } from "../run/bundle-folder.js";
import { headerEndings, volumeEndings } from "../sources/index.js";

export interface BundleAndImages {
  /** Folder of a bundle. */
  readonly bundle: string;
  /** At least one. */
  readonly images: readonly string[];
}

/**
 * The first word is the bundle where it is a folder with a part of one, be it damaged; otherwise all are images, for the
 * bundle that comes with sureseg. A first word that can be neither is refused before any work: a mistyped bundle must not
 * hand the images to another one.
 *
 * @param words in their order, at least one
 * @param chosen what --bundle says: then all words are images
 * @throws UserError where there is no image, no bundle, or the first word is neither
 */
export async function bundleAndImages(
  words: readonly string[],
  chosen: string | undefined,
): Promise<BundleAndImages> {
  if (chosen !== undefined) return { bundle: chosen, images: words };
  const [first, ...others] = words as [string, ...string[]];
  if (isBundle(first)) {
    if (others.length > 0) return { bundle: first, images: others };
    throw new UserError({
      subject: first,
      found: "a bundle and no image",
      expected: "at least one image after it",
      advice: "Name the images that the bundle is to look at.",
    });
  }
  if (!(await mayBeImage(first))) {
    throw new UserError({
      subject: first,
      found: (await stat(first).catch(() => undefined))?.isDirectory()
        ? `a folder with neither ${MANIFEST} nor DICOM files`
        : "no such file or folder",
      expected: "the folder of a bundle, or an image for the bundle that comes with sureseg",
      advice: "Check the path.",
    });
  }
  const shipped = shippedBundle();
  if (shipped !== undefined) return { bundle: shipped, images: words };
  throw new UserError({
    subject: "bundle",
    found: "none, and this copy of sureseg comes without one",
    expected: "the folder of a bundle before the images, or after --bundle",
    advice: "Train one with `sureseg train`, or make the one that ships with `npm run bundle`.",
  });
}

const isBundle = (path: string): boolean =>
  [MANIFEST, ...partNames].some((part) => existsSync(join(path, part)));

async function mayBeImage(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory()) return holdsDicom(path);
  // A missing file whose name is an image's is one that is missing, and is told as such.
  const lower = path.toLowerCase();
  return facts !== undefined || [...volumeEndings(), ...headerEndings()].some((end) => lower.endsWith(end));
}
