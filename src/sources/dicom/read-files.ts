/** Goes through files and collects the slices in them; what is no slice is counted and left aside. */
import { groupBy } from "../../base/index.js";
import type { Modality } from "../../volume/index.js";
import type { FileToRead } from "../files-to-read.js";
import { type Frame, framesOf, type SetAside } from "./instance.js";
import { damaged, hasPreamble, isDicom, parseDicomFile } from "./parse-file.js";

export interface FoundFrames {
  readonly frames: readonly Frame[];
  /** "files that are no DICOM (3)", "images in colour (1)": what else there was. */
  readonly aside: readonly string[];
}

/** @throws UserError naming a DICOM file that is cut off or damaged: a slice would be missing without a word */
export async function framesIn(files: readonly FileToRead[]): Promise<FoundFrames> {
  const frames: Frame[] = [];
  const aside: (SetAside | "files that are no DICOM")[] = [];
  for (const file of files) {
    const found = framesInFile(await file.read(), file);
    if (typeof found === "string") aside.push(found);
    else frames.push(...found);
  }
  const counts = [...groupBy(aside, (reason) => reason)].map(
    ([reason, { length }]) => `${reason} (${length})`,
  );
  return { frames, aside: counts };
}

function framesInFile(bytes: Uint8Array, file: FileToRead): Frame[] | SetAside | "files that are no DICOM" {
  if (!isDicom(bytes)) return "files that are no DICOM";
  try {
    return framesOf(parseDicomFile(bytes, file.name), file);
  } catch (cause) {
    // Of files without preamble it is only guessed that they are, unless an identifier of DICOM's own is in them.
    if (!hasPreamble(bytes) && !hasDicomUid(bytes)) return "files that are no DICOM";
    throw damaged(file.name, cause);
  }
}

/** True where the first elements name a class or syntax of the standard. */
const hasDicomUid = (bytes: Uint8Array): boolean =>
  new TextDecoder("latin1").decode(bytes.subarray(0, 1024)).includes("1.2.840.10008.");

/** The modality of the first slice in the files; undefined where there is none. Errors as for `framesIn`. */
export async function modalityIn(files: readonly FileToRead[]): Promise<Modality | undefined> {
  for (const file of files) {
    const found = framesInFile(await file.read(), file);
    if (typeof found !== "string") return found[0]?.instance.modality;
  }
  return undefined;
}
