import { UserError } from "../base/index.js";
import type { Device } from "../graph/index.js";
import { type OpenBundle, openFiles } from "../library/open-bundle.js";
import { readBundleFiles, shippedBundle } from "../run/bundle-folder.js";
import { nodeEngine } from "../run/engines/node.js";

/** A bundle: the path of its folder, or its files' bytes by name. */
export type BundleInput = string | Readonly<Record<string, Uint8Array>>;

/** What a bundle is opened on. */
export interface OpenOptions {
  /** `webgpu` needs a graphics card; default `cpu`. Nothing falls back. */
  readonly device?: Device;
  /** Threads of the engine; default: all cores. */
  readonly threads?: number;
}

/**
 * Opens a bundle and its network.
 *
 * @param bundle default: the one that comes with sureseg
 * @throws UserError naming the part that is missing, altered or of another version, or the device where it cannot be used
 */
export async function openBundle(
  bundle: BundleInput | undefined = shippedBundle(),
  options: OpenOptions = {},
): Promise<OpenBundle> {
  if (bundle === undefined) {
    throw new UserError({
      subject: "bundle",
      found: "none, and this copy of sureseg comes without one",
      expected: "the folder of a bundle",
      advice: "Name one that `sureseg train` or `sureseg guard fit` made.",
    });
  }
  const files = typeof bundle === "string" ? await readBundleFiles(bundle) : bundle;
  return openFiles(files, nodeEngine(options));
}
