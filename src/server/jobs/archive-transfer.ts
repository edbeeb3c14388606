/** The archive's part in a job: the series comes from there, and the segmentation goes back there. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.js";
import { readFileBytes } from "../../dataset/index.js";
import { type Archive, retrieveSeries, storeInstance } from "../dicomweb/index.js";
import type { Job, JobProgress, JobResults } from "./job.js";
import type { JobStore } from "./job-store.js";

/** What transfers need. */
export interface Transfers {
  readonly store: JobStore;
  /** Absent where the operator named none. */
  readonly archive?: Archive;
  /** Most bytes of a series, as of an upload. */
  readonly maxSeriesBytes: number;
}

/** Name below `input` of the folder that takes a series. */
export const SERIES_FOLDER = "series";

/**
 * Fetches the series of a job into its input folder; one that an earlier attempt fetched is used as it is.
 *
 * @throws UserError where the archive does not give it
 */
export async function fetchSeries(
  { id, archive: wanted }: Job,
  { store, archive, maxSeriesBytes }: Transfers,
  signal: AbortSignal,
  progress: (progress: JobProgress) => void,
): Promise<void> {
  if (wanted === undefined) return;
  const folder = join(store.inputFolder(id), SERIES_FOLDER);
  if (await isThere(folder)) return;
  const told = (done: number): void => progress({ stage: "fetching", done, total: done, unit: "instances" });
  told(0);
  try {
    const options = { most: maxSeriesBytes, signal, progress: rarely(told) };
    await retrieveSeries(known(archive), wanted, folder, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another attempt at the same job was faster: a series comes into being whole.
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/**
 * Stores the segmentation of a job in the archive, where its request asked for that. Whoever does it again stores the same
 * instance again. That of a foreign image is kept out of the archive, where people would find it without its verdict, unless
 * the request asked for it by name.
 *
 * @returns why it is not there, where that is as it should be
 * @throws UserError where there is no segmentation, or the archive does not take it
 */
export async function storeSegmentation(
  { id, archive: wanted }: Job,
  { files, foreign }: JobResults,
  { store, archive }: Transfers,
  signal: AbortSignal,
): Promise<Pick<Job, "notStored">> {
  if (wanted?.store !== true) return {};
  if (foreign && !wanted.storeForeign) return { notStored: FOREIGN };
  const segmentation = files.find(({ name }) => name === "segmentation");
  if (segmentation === undefined) throw nothingToStore();
  const path = store.resultPath(id, segmentation);
  const bytes = await readFileBytes(path, { expected: "the segmentation of a job" });
  await storeInstance(known(archive), wanted.study, bytes, signal);
  return {};
}

const FOREIGN =
  "The image is foreign: its segmentation is not to be relied on, and was not stored in the archive. Ask again with storeForeign to have it there all the same.";

function known(archive: Archive | undefined): Archive {
  if (archive !== undefined) return archive;
  throw new UserError({
    subject: "DICOMweb archive",
    found: "none that this worker knows",
    expected: "the archive that the server has",
    advice: "Start server and workers with the same --dicomweb.",
  });
}

const nothingToStore = (): UserError =>
  new UserError({
    subject: "segmentation",
    found: "none: the series lacks what a DICOM segmentation refers to",
    expected: "a series whose headers are complete",
    advice: "Fetch the mask instead.",
  });

/** A series has hundreds of instances, and followers need not hear of each. */
const rarely =
  (told: (done: number) => void) =>
  (done: number): void => {
    if (done % 32 === 0) told(done);
  };

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
