/** Says what is in a dataset and what is wrong with it, case by case. */
import { UserError } from "../base/index.js";
import { orientationOf, sameGrid, spacingOf, type Volume } from "../volume/index.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { loadImage, loadLabels } from "./load-case.js";

export interface Problem {
  readonly case: string;
  readonly file: string;
  readonly level: "error" | "warning";
  readonly problem: string;
  readonly advice: string;
}

export interface InspectedCase {
  readonly id: string;
  readonly subject: string;
  readonly shape?: readonly number[];
  /** Millimetres. */
  readonly spacing?: readonly number[];
  readonly orientation?: string;
  /** Smallest and largest intensity. */
  readonly range?: readonly [number, number];
  /** Volume of each label value in millilitres. */
  readonly labelVolumesMl: Readonly<Record<string, number>>;
}

export interface Inspection {
  readonly dataset: Dataset;
  readonly cases: readonly InspectedCase[];
  readonly problems: readonly Problem[];
}

/** Reads every file of a dataset. Problems are collected, not thrown. */
export async function inspectDataset(
  dataset: Dataset,
  onProgress: (done: number) => void = () => {},
): Promise<Inspection> {
  const cases: InspectedCase[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const files of dataset.cases) {
    if (seen.has(files.id)) {
      problems.push({
        case: files.id,
        file: files.images[0] as string,
        level: "error",
        problem: "the case name occurs twice",
        advice: "Give every case a name of its own.",
      });
    }
    seen.add(files.id);
    cases.push(await inspectCase(dataset, files, problems));
    onProgress(cases.length);
  }
  return { dataset, cases, problems };
}

async function inspectCase(dataset: Dataset, files: CaseFiles, problems: Problem[]): Promise<InspectedCase> {
  const report = (file: string, level: Problem["level"], problem: string, advice: string): void => {
    problems.push({ case: files.id, file, level, problem, advice });
  };
  const attempt = async <T>(file: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(
        error.subject || file,
        "error",
        `found ${error.found}, expected ${error.expected}`,
        error.advice,
      );
      return undefined;
    }
  };
  const imageFile = files.images[0] as string;
  const image = await attempt(imageFile, () => loadImage(files, dataset.channelNames.length));
  const label = files.label;
  const labels = label === undefined ? undefined : await attempt(label, () => loadLabels(label, dataset));
  if (label === undefined) report(imageFile, "warning", "no label file", "The case is left out of training.");
  const labelVolumesMl = labels === undefined ? {} : volumesOf(labels);
  if (labels && label && Object.keys(labelVolumesMl).length === 0) {
    report(
      label,
      "error",
      "an empty label: every voxel is background",
      "Label the image or leave the case out.",
    );
  }
  if (image === undefined) return { id: files.id, subject: files.subject, labelVolumesMl };
  if (labels && label && !sameGrid(image, labels, 0.1)) {
    const grid = (volume: Volume): string =>
      `${volume.shape.join(" x ")} voxels of ${spacingOf(volume.affine)
        .map((mm) => mm.toFixed(2))
        .join(" x ")} mm`;
    report(
      label,
      "error",
      `a grid that is not its image's: ${grid(labels)}, the image has ${grid(image)}`,
      "Use the label file of this image, or resample it onto the image.",
    );
  }
  if (image.shape.some((size) => size < 2)) {
    report(imageFile, "error", `a flat image of ${image.shape.join(" x ")} voxels`, "Use 3-D images.");
  }
  let [low, high, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (const value of image.data) {
    if (!Number.isFinite(value)) finite = false;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!finite)
    report(
      imageFile,
      "error",
      "voxels that are not finite numbers (NaN or infinite)",
      "Replace them before use.",
    );
  else if (low === high)
    report(imageFile, "error", `the same intensity ${low} everywhere`, "Check the export of this image.");
  return {
    id: files.id,
    subject: files.subject,
    shape: image.shape,
    spacing: spacingOf(image.affine),
    orientation: orientationOf(image.affine),
    range: [low, high],
    labelVolumesMl,
  };
}

function volumesOf(labels: Volume<Uint8Array>): Record<string, number> {
  const counts = new Map<number, number>();
  for (const value of labels.data) if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [x, y, z] = spacingOf(labels.affine);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([value, count]) => [String(value), (count * x * y * z) / 1000]));
}

/** @throws UserError that lists every error of the inspection */
export function refuseIfBroken({ dataset, problems }: Inspection): void {
  const errors = problems.filter(({ level }) => level === "error");
  if (errors.length === 0) return;
  const lines = errors.map(({ case: id, file, problem }) => `\n  ${id} (${file}): ${problem}`);
  throw new UserError({
    subject: dataset.folder,
    found: `${errors.length} ${errors.length === 1 ? "problem" : "problems"}:${lines.join("")}\n`,
    expected: "a dataset without errors",
    advice: "Mend or remove these cases; `sureseg datasets inspect` checks again.",
  });
}
