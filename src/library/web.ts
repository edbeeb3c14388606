/**
 * sureseg in the browser: the pipeline of the command line, computed where the page runs; nothing is uploaded.
 *
 * Work runs in the thread that calls it, so a page calls this in a worker. Several threads of WebAssembly need the page to be
 * isolated (headers `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`).
 *
 * @module sureseg/web
 */
import type { BundleFiles } from "../bundle/index.js";
import { webEngine } from "../graph/engines/web.js";
import type { Device } from "../graph/index.js";
import { type ImageFiles, readImage } from "../sources/index.js";
import type { Volume } from "../volume/index.js";
import { type OpenBundle, openFiles } from "./open-bundle.js";
import {
  checkRead,
  type ImageOptions,
  type ImageVerdict,
  type Prediction,
  predictRead,
  type ReadImage,
} from "./predict.js";
import { bundleFromAddress, bundleFromFiles, imageFromFiles } from "./web-files.js";

export { UserError } from "../base/index.js";
export { encodeResult, type ResultFormat } from "./encode.js";
export type { OpenBundle } from "./open-bundle.js";
export type { ImageOptions, ImageVerdict, Prediction } from "./predict.js";
export type * from "./types.js";

/** A bundle: the address of its folder, its files as chosen or dropped, or their bytes by name. */
export type BundleInput = string | URL | readonly File[] | Readonly<Record<string, Uint8Array>>;

/**
 * An image: a NIfTI, NRRD or MetaImage file, a DICOM file or a zip of them; the files of a DICOM series; a header with the file
 * of its voxels; the bytes of a file; or voxels.
 */
export type ImageInput = File | readonly File[] | Uint8Array | Volume;

/** What a bundle is opened on. */
export interface OpenOptions {
  /** `webgpu` needs a graphics card; default `cpu`, which is WebAssembly. Nothing falls back. */
  readonly device?: Device;
  /**
   * Threads of WebAssembly, those of the first bundle for all that are opened after it; default: half the cores and four at most, one
   * where the page is not isolated.
   */
  readonly threads?: number;
}

/**
 * Opens a bundle and its network.
 *
 * @throws UserError naming the part that is missing, altered or of another version, or the device where it cannot be used
 */
export async function openBundle(bundle: BundleInput, options: OpenOptions = {}): Promise<OpenBundle> {
  return openFiles(await filesOf(bundle), webEngine(options));
}

/**
 * Segments an image and judges it.
 *
 * @throws UserError naming the image where it cannot be used
 */
export async function predict(
  bundle: OpenBundle,
  image: ImageInput,
  options: ImageOptions = {},
): Promise<Prediction> {
  return predictRead(bundle, await read(image, options), options);
}

/**
 * The verdict alone, without a mask: the same that `predict` gives, in less time and memory.
 *
 * @throws UserError naming the image where it cannot be used
 */
export async function check(
  bundle: OpenBundle,
  image: ImageInput,
  options: ImageOptions = {},
): Promise<ImageVerdict> {
  return checkRead(bundle, await read(image, options), options);
}

async function filesOf(bundle: BundleInput): Promise<BundleFiles> {
  if (typeof bundle === "string" || bundle instanceof URL) return bundleFromAddress(bundle);
  return isList(bundle) ? bundleFromFiles(bundle) : bundle;
}

async function read(image: ImageInput, { name, series }: ImageOptions): Promise<ReadImage> {
  const files = imageFiles(image, name);
  if (files === undefined) return { volume: image as Volume, name: name ?? "image" };
  return { volume: await readImage(files, { series }), name: files.name };
}

/** Undefined for voxels. */
function imageFiles(image: ImageInput, name: string | undefined): ImageFiles | undefined {
  if (image instanceof Uint8Array) {
    const file = { name: name ?? "image", read: async () => image };
    return { name: file.name, files: [file], folder: false };
  }
  if (isList(image)) return imageFromFiles(image, name ?? image[0]?.name ?? "image");
  return image instanceof File ? imageFromFiles([image], name ?? image.name) : undefined;
}

const isList = (given: BundleInput | ImageInput): given is readonly File[] => Array.isArray(given);
