/** What a person gave, as the files that the readers of images and bundles ask for. */
import { type UnzipFileInfo, unzipSync } from "fflate";
import { UserError } from "../../src/base/index.js";
import { type BundleFiles, bundleFileNames, MANIFEST } from "../../src/bundle/index.js";
import { type FileToRead, headerEndings, type ImageFiles, volumeEndings } from "../../src/sources/index.js";
import type { Given, GivenFile } from "./protocol.js";

/** Packed bundles are far smaller; what a zip promises is checked before it is unpacked. */
const MOST_BUNDLE_BYTES = 2 ** 29;

/** Zips that are looked into; a series of DICOM may be larger than any bundle. */
const isSmallZip = ({ files, folder }: Given): boolean =>
  !folder && files.length === 1 && /\.zip$/i.test(files[0]!.path) && files[0]!.file.size <= MOST_BUNDLE_BYTES;

/** A bundle is told by its manifest, in a folder, among loose files or in a zip. */
export async function isBundle(given: Given): Promise<boolean> {
  if (given.files.some(({ path }) => fileName(path) === MANIFEST)) return true;
  if (!isSmallZip(given)) return false;
  let found = false;
  try {
    unzipSync(await bytesOf(given.files[0]!), {
      filter: ({ name }) => {
        found ||= fileName(name) === MANIFEST;
        return false;
      },
    });
  } catch {
    // Whoever reads it as a scan says what is wrong with it.
  }
  return found;
}

/**
 * The files of a bundle by name: the manifest, and those beside it that it may name. No other file is read.
 *
 * @throws UserError for a manifest that is damaged, and for more bytes than a bundle has
 */
export async function bundleFiles(given: Given): Promise<BundleFiles> {
  const all = isSmallZip(given) ? zippedFiles(given.name, await bytesOf(given.files[0]!)) : looseFiles(given);
  const path = all.find((one) => fileName(one.path) === MANIFEST)?.path ?? MANIFEST;
  const folder = path.slice(0, -MANIFEST.length);
  const taken = (names: readonly string[]): Promise<BundleFiles> =>
    read(given.name, all, (one) => names.some((name) => one.path === `${folder}${name}`));
  const manifest = await taken([MANIFEST]);
  return { ...manifest, ...(await taken(bundleFileNames(manifest))) };
}

/** A file whose size is known before it is read or unpacked. */
interface PartOfBundle {
  readonly path: string;
  readonly size: number;
  read(): Promise<Uint8Array>;
}

async function read(
  name: string,
  all: readonly PartOfBundle[],
  wanted: (one: PartOfBundle) => boolean,
): Promise<BundleFiles> {
  const own = all.filter(wanted);
  const bytes = own.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BUNDLE_BYTES) throw tooLarge(name, bytes);
  const entries = own.map(async (one) => [fileName(one.path), await one.read()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const looseFiles = ({ files }: Given): PartOfBundle[] =>
  files.map((one) => ({ path: one.path, size: one.file.size, read: () => bytesOf(one) }));

function zippedFiles(name: string, zip: Uint8Array): PartOfBundle[] {
  const found: PartOfBundle[] = [];
  unpacked(name, zip, ({ name: path, originalSize }) => {
    const read = async () => unpacked(name, zip, (entry) => entry.name === path)[path]!;
    found.push({ path, size: originalSize, read });
    return false;
  });
  return found;
}

function unpacked(
  name: string,
  zip: Uint8Array,
  filter: (entry: UnzipFileInfo) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(zip, { filter });
  } catch (cause) {
    throw new UserError({
      subject: name,
      found: "a zip that is cut off or damaged",
      expected: "a zip of a bundle's folder",
      advice: "Pack the folder again, or give the folder itself.",
      cause: cause instanceof Error ? cause.name : typeof cause,
    });
  }
}

/** @throws UserError where several scans were given */
export function imageFiles(given: Given): ImageFiles {
  const { name, files, folder } = given;
  const endings = [...volumeEndings(), ...headerEndings()];
  const volumes = files.filter(({ path }) => endings.some((ending) => path.toLowerCase().endsWith(ending)));
  if (volumes.length > 1) {
    throw new UserError({
      subject: name,
      found: `${volumes.length} volumes`,
      expected: "one scan",
      advice: "Give one file at a time, or the folder of one DICOM series.",
    });
  }
  const chosen = volumes[0] ?? (!folder && files.length === 1 ? files[0] : undefined);
  if (chosen === undefined) return { name, files: files.map(fileToRead), folder: true };
  const beside = chosen.path.slice(0, -fileName(chosen.path).length);
  return {
    name: chosen.path,
    files: [fileToRead(chosen)],
    folder: false,
    beside: (file) => fileToRead(found(files, `${beside}${file}`, chosen.path)),
  };
}

function found(files: readonly GivenFile[], path: string, header: string): GivenFile {
  const file = files.find((one) => one.path === path);
  if (file !== undefined) return file;
  throw new UserError({
    subject: header,
    found: "a header alone",
    expected: `the file ${fileName(path)} beside it, which holds its voxels`,
    advice: "Drop both files together.",
  });
}

const fileToRead = (given: GivenFile): FileToRead => ({ name: given.path, read: () => bytesOf(given) });

async function bytesOf({ file, path }: GivenFile): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "a file that the browser cannot read",
      expected: "one that is still where it was, and that fits into memory",
      advice: "Drop it again, from a disk of this computer.",
      cause,
    });
  }
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const tooLarge = (name: string, bytes: number): UserError =>
  new UserError({
    subject: name,
    found: `a bundle of ${Math.round(bytes / 2 ** 20)} MiB`,
    expected: `at most ${MOST_BUNDLE_BYTES / 2 ** 20} MiB`,
    advice: "Use it on the command line.",
  });
