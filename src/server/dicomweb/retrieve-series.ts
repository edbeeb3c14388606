/** WADO-RS: all instances of a series, as files in a folder (PS3.18 section 10.4). */
import { mkdtemp, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MIMEType } from "node:util";
import { UserError } from "../../base/index.js";
import { MAX_BYTES } from "../../volume/index.js";
import { type Archive, type ArchiveAnswer, ask, type SeriesName } from "./archive.js";
import { partsOf } from "./multipart.js";
import { isUid } from "./uid.js";

/** Most instances of a series that are taken: as many as files of a folder are looked at. */
const MAX_INSTANCES = 65_536;

export interface RetrieveOptions {
  /** Most bytes of all instances together; default: those of the largest image. */
  readonly most?: number;
  /** Told after each instance. */
  readonly progress?: (instances: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a series as the archive keeps it, whatever its transfer syntax. The folder comes into being whole or not at all;
 * its files are numbered, for no name comes from the archive.
 *
 * @param folder must not be there yet
 * @returns how many instances there are
 * @throws UserError where the archive has no such series, gives something else, or more than an image may hold
 */
export async function retrieveSeries(
  archive: Archive,
  name: SeriesName,
  folder: string,
  options: RetrieveOptions = {},
): Promise<number> {
  refuseOtherNames(name);
  const request = {
    method: "GET",
    path: `/studies/${name.study}/series/${name.series}`,
    headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
    signal: options.signal,
  } as const;
  return ask(archive, request, async (answer) => {
    const boundary = boundaryOf(answer);
    const partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}.partial-`));
    try {
      const count = await writeInstances(answer, boundary, partial, options);
      await rename(partial, folder);
      return count;
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
  });
}

/** @throws UserError where a name is no unique identifier, and might lead elsewhere in the archive */
export function refuseOtherNames(name: SeriesName): void {
  for (const level of ["study", "series"] as const) {
    if (isUid(name[level])) continue;
    throw new UserError({
      subject: level,
      found: "something that is no unique identifier of DICOM",
      expected: `the ${level === "study" ? "Study" : "Series"} Instance UID: digits and dots, at most 64`,
      advice: "Copy it from the archive.",
    });
  }
}

/** @throws UserError where the answer is not the instances of a series */
function boundaryOf({ status, contentType }: ArchiveAnswer): string {
  const subject = "DICOMweb archive";
  if (status === 404 || status === 410) {
    throw new UserError({
      subject,
      found: `no such series (status ${status})`,
      expected: "a study and a series that it holds",
      advice: "Check both identifiers, and that the address is that of the archive's DICOMweb services.",
    });
  }
  const advice = "Look at the archive's own log.";
  const expected = "the instances of the series as multipart/related";
  if (status !== 200) throw new UserError({ subject, found: `status ${status}`, expected, advice });
  const boundary = parameters(contentType)?.get("boundary");
  if (boundary) return boundary;
  throw new UserError({ subject, found: "an answer of another kind", expected, advice });
}

/** Parameters of a multipart/related type; undefined where it is another one. */
function parameters(contentType: string): MIMEType["params"] | undefined {
  try {
    const type = new MIMEType(contentType);
    return type.essence === "multipart/related" ? type.params : undefined;
  } catch {
    return undefined;
  }
}

async function writeInstances(
  { pieces }: ArchiveAnswer,
  boundary: string,
  folder: string,
  { most = MAX_BYTES, progress }: RetrieveOptions,
): Promise<number> {
  let [count, bytes] = [0, 0];
  for await (const { headers, content } of partsOf(pieces, boundary)) {
    count += 1;
    if (count > MAX_INSTANCES) throw tooMuch(`more than ${MAX_INSTANCES} instances`);
    refuseOtherParts(headers.get("content-type"));
    const file = await open(join(folder, `${String(count).padStart(6, "0")}.dcm`), "wx", 0o600);
    try {
      for await (const piece of content) {
        bytes += piece.length;
        if (bytes > most) throw tooMuch(`more than ${most} bytes`);
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
    progress?.(count);
  }
  if (count === 0) throw tooLittle();
  return count;
}

/** A part without a type is taken for what was asked for; what it really is, is seen when it is read. */
function refuseOtherParts(contentType: string | undefined): void {
  if (contentType === undefined || /^application\/dicom\s*(;|$)/i.test(contentType)) return;
  throw new UserError({
    subject: "DICOMweb archive",
    found: "parts that are no DICOM files",
    expected: "application/dicom, which was asked for",
    advice: "Check that the archive offers instances by WADO-RS.",
  });
}

const tooMuch = (found: string): UserError =>
  new UserError({
    subject: "series in the DICOMweb archive",
    found,
    expected: "a series that is one image",
    advice: "Ask for the series that is to be segmented.",
  });

const tooLittle = (): UserError =>
  new UserError({
    subject: "series in the DICOMweb archive",
    found: "no instance",
    expected: "at least one",
    advice: "Check both identifiers.",
  });
