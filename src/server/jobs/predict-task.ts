/** One image from the files of a job to the files of its results: what the thread that computes does. */
import { rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../base/index.js";
import { encodeFigures, type OpenedBundle, predictImage } from "../../bundle/index.js";
import { type CaseFiles, imageFilesAt, writeFileAtomically } from "../../dataset/index.js";
import { readGivenImage } from "../../prediction/given-images.js";
import { predictionTargets } from "../../prediction/prediction-targets.js";
import { resultFormats, usualFormat } from "../../prediction/result-formats.js";
import { type WholeResult, writePrediction } from "../../prediction/write-prediction.js";
import { DICOM, unpackedSizeOf } from "../../sources/index.js";
import type { JobProgress, JobResult, JobResults, ResultName } from "./job.js";
import type { PredictionTask } from "./predictor.js";

/** Beginning of the names of all results: nothing in them comes from a client. */
const NAME = "scan";

/** Least time between two reports of progress, in milliseconds. */
const REPORT_EVERY = 100;

export interface TaskHooks {
  /** Most bytes that an image may say it has once it is unpacked. */
  readonly maxUnpackedBytes: number;
  readonly signal: AbortSignal;
  readonly progress: (progress: JobProgress) => void;
}

/** @throws UserError where the image cannot be used; its message names paths of the server: see `withoutPaths` */
export async function predictTask(
  opened: OpenedBundle,
  { inputFolder, image: given, resultsFolder }: PredictionTask,
  { maxUnpackedBytes, signal, progress }: TaskHooks,
): Promise<JobResults> {
  const { bundle } = opened;
  const files: CaseFiles = {
    id: NAME,
    subject: NAME,
    images: given.files.map((file) => join(inputFolder, file)),
    modalities: given.modalities,
    series: given.series,
  };
  progress({ stage: "reading", done: 0, total: files.images.length, unit: "files" });
  await refuseTooLarge(files, maxUnpackedBytes);
  const image = await readGivenImage(files, bundle);
  const { source } = image.volume;
  signal.throwIfAborted();

  const prediction = await predictImage(opened, image, { signal, onProgress: rarely(progress) });
  signal.throwIfAborted();

  progress({ stage: "writing", done: 0, total: 1, unit: "images" });
  const format = resultFormats[usualFormat(files)];
  const targets = predictionTargets(resultsFolder, NAME, format);
  const result: WholeResult = { name: image.name, bundle, source, prediction };
  const { foreign } = await writePrediction(result, targets, format);
  const figures = join(resultsFolder, `${NAME}_figures.json`);
  await writeFileAtomically(figures, encodeFigures(prediction));
  const paths: [ResultName, string][] = [
    ["mask", targets.mask],
    ["confidence", targets.confidence],
    ["verdict", targets.verdict],
    ["figures", figures],
  ];
  if (source.format === DICOM) {
    const path = await writeSegmentation(result, resultsFolder);
    if (path !== undefined) paths.push(["segmentation", path]);
  }
  return { files: await Promise.all(paths.map(([name, path]) => described(name, path))), foreign };
}

async function refuseTooLarge({ images }: CaseFiles, most: number): Promise<void> {
  let total = 0;
  for (const path of images) {
    total += await unpackedSizeOf(await imageFilesAt(path));
    if (total <= most) continue;
    throw new UserError({
      subject: path,
      found: `an image that says it has ${total} bytes once it is unpacked`,
      expected: `at most ${most}, the server's limit`,
      advice: "Send one series alone, cropped or down-sampled if need be.",
    });
  }
}

/** Undefined where the series lacks what a segmentation refers to: its mask is there all the same. */
async function writeSegmentation(result: WholeResult, folder: string): Promise<string | undefined> {
  const path = join(folder, `${NAME}_segmentation.dcm`);
  try {
    resultFormats["dicom-seg"].refuseUnsuited(result.source, result.name);
    await writeFileAtomically(path, await resultFormats["dicom-seg"].encode("labels", result, path));
    return path;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await rm(path, { force: true });
    return undefined;
  }
}

const MEDIA_TYPES: readonly (readonly [ending: string, type: string])[] = [
  [".json", "application/json"],
  [".dcm", "application/dicom"],
  [".gz", "application/gzip"],
];

async function described(name: ResultName, path: string): Promise<JobResult> {
  const file = basename(path);
  const [, mediaType = "application/octet-stream"] =
    MEDIA_TYPES.find(([ending]) => file.endsWith(ending)) ?? [];
  return { name, file, mediaType, bytes: (await stat(path)).size };
}

/** Windows may follow each other faster than anybody reads. */
function rarely(progress: TaskHooks["progress"]): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - told < REPORT_EVERY) return;
    told = now;
    progress({ stage: "predicting", done, total, unit: "windows" });
  };
}

/** An error as a client may see it: nothing of the server's disk, and fields as requests call them. */
export function withoutPaths(
  error: UserError,
  { inputFolder, resultsFolder, bundle }: PredictionTask,
): UserError {
  const clean = (text: string): string =>
    [inputFolder, resultsFolder, bundle.folder]
      .reduce((rest, folder) => rest.replaceAll(`${folder}/`, "").replaceAll(folder, "the image"), text)
      .replace(/--([a-z])/g, "$1");
  const { subject, found, expected, advice } = error;
  return new UserError({
    subject: clean(subject),
    found: clean(found),
    expected: clean(expected),
    advice: clean(advice),
  });
}
