/** The files of an upload as the channels of one image. */
import { UserError } from "../../base/index.js";
import { type CaseFiles, casesOfFiles } from "../../dataset/index.js";
import { Problem } from "./problem.js";
import type { UploadedFile } from "./upload.js";

/**
 * With several files, names that end in _0000, _0001 and so on say which channel each is, whatever the order in which they came.
 *
 * @param channels of the bundle's images
 * @returns names of files in the folder, in the order of the channels
 * @throws Problem 422 where the files are not those of one image
 */
export function inOrderOfChannels(files: readonly UploadedFile[], channels: number): string[] {
  if (files.length === 1) return files.map(({ file }) => file);
  const byName = new Map(files.map(({ givenName, file }) => [givenName, file]));
  const [image, ...others] = casesOf(
    files.map(({ givenName }) => givenName),
    channels,
  );
  if (image === undefined || others.length > 0) {
    throw new Problem(
      422,
      "A job is of one image: one file, a zip of a DICOM series, or a file for each channel whose names differ in _0000, _0001 and so on alone.",
    );
  }
  return image.images.map((name) => byName.get(name)!);
}

function casesOf(names: readonly string[], channels: number): CaseFiles[] {
  try {
    return casesOfFiles(names, channels);
  } catch (error) {
    // It names what the client sent, and nothing of the server.
    if (error instanceof UserError) throw new Problem(422, error.message);
    throw error;
  }
}
