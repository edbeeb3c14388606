/** Files that a person chose or dropped, and files at an address, asked for their sizes before they are read. */
import { UserError } from "../base/index.js";
import { type BundleFiles, bundleFileNames, MANIFEST, partNames } from "../bundle/index.js";
import { type FileToRead, headerEndings, type ImageFiles } from "../sources/index.js";
import { MAX_BYTES } from "../volume/index.js";

/** Most bytes of a part of a bundle that a page opens. */
const MAX_PART_BYTES = 2 ** 30;

/** @throws UserError naming the file that is too large or cannot be read any more */
export async function bundleFromFiles(files: readonly File[]): Promise<BundleFiles> {
  return partsOf(async (part) => {
    const file = files.find(({ name }) => name === part);
    return file && bytesOf(file, MAX_PART_BYTES);
  });
}

/** @param address of the bundle's folder @throws UserError naming the part that cannot be had */
export async function bundleFromAddress(address: string | URL): Promise<BundleFiles> {
  const folder = String(address).replace(/\/*$/, "/");
  return partsOf((part) => fetched(`${folder}${part}`));
}

/** The manifest first, which says what else there is. */
async function partsOf(read: (part: string) => Promise<Uint8Array | undefined>): Promise<BundleFiles> {
  const manifest = await read(MANIFEST);
  const files: Record<string, Uint8Array> = manifest === undefined ? {} : { [MANIFEST]: manifest };
  const names = manifest === undefined ? partNames : bundleFileNames(files);
  const bytes = await Promise.all(names.map(read));
  for (const [at, name] of names.entries()) if (bytes[at] !== undefined) files[name] = bytes[at];
  return files;
}

/** What the files are together: one image file, a header with the file of its voxels, or the files of a DICOM series. */
export function imageFromFiles(files: readonly File[], name: string): ImageFiles {
  const toRead = (file: File): FileToRead => ({ name: file.name, read: () => bytesOf(file, MAX_BYTES) });
  const header = files.find((file) =>
    headerEndings().some((ending) => file.name.toLowerCase().endsWith(ending)),
  );
  const first = header ?? files[0];
  if (first === undefined) {
    throw new UserError({
      subject: name,
      found: "no file",
      expected: "an image file, or the files of a DICOM series",
      advice: "Choose the files again.",
    });
  }
  const folder = header === undefined && files.length > 1;
  return {
    name,
    files: folder ? files.map(toRead) : [toRead(first)],
    folder,
    beside: (wanted) => {
      const file = files.find((one) => one.name === wanted);
      if (file !== undefined) return toRead(file);
      throw new UserError({
        subject: first.name,
        found: "a header without the file of its voxels",
        expected: `${wanted} beside it`,
        advice: "Choose both files together.",
      });
    },
  };
}

async function bytesOf(file: File, most: number): Promise<Uint8Array> {
  refuseTooLarge(file.name, file.size, most);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new UserError({
      subject: file.name,
      found: `a file that cannot be read (${cause instanceof Error ? cause.name : "unknown"})`,
      expected: "one that is still where it was chosen, and small enough for this browser",
      advice: "Choose it again, or crop the image first.",
      cause,
    });
  }
}

async function fetched(address: string): Promise<Uint8Array> {
  const refuse = (found: string, cause?: unknown): UserError =>
    new UserError({
      subject: address,
      found,
      expected: "a part of a bundle",
      advice: "Check the address of the bundle's folder, and that the server lets this page read it.",
      cause,
    });
  const response = await fetch(address).catch((cause: unknown) => {
    throw refuse("no answer", cause);
  });
  if (!response.ok) throw refuse(`an answer with status ${response.status}`);
  refuseTooLarge(address, Number(response.headers.get("content-length") ?? 0), MAX_PART_BYTES);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw refuse("an answer that breaks off", cause);
  }
}

function refuseTooLarge(subject: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new UserError({
    subject,
    found: `a file of ${bytes} bytes`,
    expected: `at most ${most}`,
    advice: "Check that it is the right file; an image must be cropped or down-sampled first.",
  });
}
