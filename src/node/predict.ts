import { UserError } from "../base/index.js";
import { casesOfFiles, loadImage } from "../dataset/index.js";
import type { OpenBundle } from "../library/open-bundle.js";
import {
  checkRead,
  type ImageOptions,
  type ImageVerdict,
  type Prediction,
  predictRead,
  type ReadImage,
} from "../library/predict.js";
import { readImage } from "../sources/index.js";
import type { Volume } from "../volume/index.js";

/**
 * One image: the path of a NIfTI, NRRD, MetaImage or DICOM file, of a folder or zip of DICOM files; the paths of its channels,
 * which end in `_0000`, `_0001` and so on; the bytes of such a file; or voxels.
 */
export type ImageInput = string | readonly string[] | Uint8Array | Volume;

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
  return predictRead(bundle, await read(image, bundle, options), options);
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
  return checkRead(bundle, await read(image, bundle, options), options);
}

async function read(
  image: ImageInput,
  { labels }: OpenBundle,
  { name, series }: ImageOptions,
): Promise<ReadImage> {
  if (image instanceof Uint8Array) {
    const file = { name: name ?? "image", read: async () => image };
    return {
      volume: await readImage({ name: file.name, files: [file], folder: false }, { series }),
      name: file.name,
    };
  }
  if (typeof image !== "string" && "data" in image) return { volume: image, name: name ?? "image" };
  const paths = [image].flat();
  const channels = labels.inputChannels.length;
  const cases = casesOfFiles(paths, channels);
  const [files] = cases;
  if (files === undefined || cases.length > 1) {
    throw new UserError({
      subject: "image",
      found: `${cases.length} images`,
      expected: "one, or the files of its channels",
      advice: "Call predict once for each image.",
    });
  }
  return { volume: await loadImage({ ...files, series }, channels), name: name ?? paths[0]! };
}
