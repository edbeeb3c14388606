/** What is in the files of one case, and what is wrong with them. */
import { UserError } from "../base/index.js";
import { type Preparation, seenGrid } from "../preparation/index.js";
import {
  describeGridDifference,
  orientationOf,
  spacingOf,
  turnedOnto,
  type Vector,
  type Volume,
} from "../volume/index.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { loadImage, loadLabels } from "./load-case.js";
import { resolutionCeiling } from "./resolution-ceiling.js";

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
  /** The image's (first) file. */
  readonly file: string;
  readonly shape?: readonly number[];
  /** Millimetres along the file's axes. */
  readonly spacing?: Vector;
  readonly orientation?: string;
  /** Smallest and largest intensity. */
  readonly range?: readonly [number, number];
  /** Volume of each label value in millilitres. */
  readonly labelVolumesMl: Readonly<Record<string, number>>;
  /** For each label value what is left of its Dice coefficient on the prepared grid; see `resolutionCeiling`. */
  readonly ceilings?: Readonly<Record<string, number>>;
}

/**
 * Reads a case. Whatever is wrong with its files is listed and never thrown.
 *
 * @param preparation by which ceilings are given; without it there are none
 */
export async function inspectCase(
  dataset: Dataset,
  files: CaseFiles,
  preparation?: Preparation,
): Promise<{ inspected: InspectedCase; problems: Problem[] }> {
  const findings = new Findings(files.id);
  const file = files.images[0] as string;
  const image = await findings.attempt(file, () => loadImage(files, dataset.channelNames.length));
  for (const warning of image?.source.warnings ?? []) {
    findings.warning(file, warning, "Check where the image lies against another program.");
  }
  const labels = await inspectLabels(dataset, files, image, findings);
  const labelVolumesMl = labels === undefined ? {} : volumesOf(labels);
  const nameless = { id: files.id, subject: files.subject, file, labelVolumesMl };
  if (image === undefined) return { inspected: nameless, problems: findings.problems };
  const inspected = {
    ...nameless,
    shape: image.shape,
    spacing: spacingOf(image.affine),
    orientation: orientationOf(image.affine),
    range: inspectIntensities(image, file, findings),
  };
  if (labels === undefined || preparation === undefined || findings.hasErrors()) {
    return { inspected, problems: findings.problems };
  }
  const ceilings = await findings.attempt(file, async () =>
    ceilingsOf(image, labels, { dataset, preparation, file }),
  );
  return { inspected: { ...inspected, ceilings }, problems: findings.problems };
}

/** By label value. @throws UserError where the image cannot be prepared */
function ceilingsOf(
  image: Volume,
  labels: Volume<Uint8Array>,
  { dataset, preparation, file }: { dataset: Dataset; preparation: Preparation; file: string },
): Record<string, number> {
  const place = seenGrid(image, preparation, dataset.modalities, file).gridWith(preparation.spacing);
  const values = [...new Set(labels.data)].filter((value) => value !== 0).sort((a, b) => a - b);
  const numbers = new Uint8Array(256);
  values.forEach((value, index) => {
    numbers[value] = index + 1;
  });
  const selected = { ...labels, affine: image.affine, data: labels.data.map((value) => numbers[value]!) };
  const { organs } = resolutionCeiling(selected, values.length, place);
  return Object.fromEntries(values.map((value, index) => [String(value), organs[index]!]));
}

/** Collects what is wrong with a case. */
class Findings {
  readonly problems: Problem[] = [];

  constructor(private readonly id: string) {}

  readonly error = (file: string, problem: string, advice: string): void => {
    this.problems.push({ case: this.id, file, level: "error", problem, advice });
  };

  readonly hasErrors = (): boolean => this.problems.some(({ level }) => level === "error");

  readonly warning = (file: string, problem: string, advice: string): void => {
    this.problems.push({ case: this.id, file, level: "warning", problem, advice });
  };

  /** What the work gives, or undefined after noting why there is nothing: one bad file must not end the inspection. */
  async attempt<Result>(file: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserError) {
        this.error(error.subject || file, `found ${error.found}, expected ${error.expected}`, error.advice);
      } else {
        this.error(
          file,
          `reading it failed (${error instanceof Error ? error.message : error})`,
          "Check the file with another program; if it is sound, this is a defect of sureseg: please report it.",
        );
      }
      return undefined;
    }
  }
}

/** @returns the labels, on the image's grid where they fit it; undefined where there are none to be read */
async function inspectLabels(
  dataset: Dataset,
  { images, label }: CaseFiles,
  image: Volume | undefined,
  findings: Findings,
): Promise<Volume<Uint8Array> | undefined> {
  if (label === undefined) {
    findings.warning(images[0] as string, "no label file", "The case is left out of training.");
    return undefined;
  }
  const labels = await findings.attempt(label, () => loadLabels(label, dataset));
  if (labels === undefined) return undefined;
  if (labels.data.every((value) => value === 0)) {
    findings.error(
      label,
      "an empty label: every voxel is background",
      "Label the image or leave the case out.",
    );
  }
  if (image === undefined) return labels;
  const turned = turnedOnto(labels, image);
  if (turned === undefined) {
    findings.error(
      label,
      `a grid that is not its image's: ${describeGridDifference(labels, image)}`,
      "Use the label file of this image, or resample it onto the image.",
    );
  }
  return turned ?? labels;
}

/** @returns smallest and largest finite intensity */
function inspectIntensities(image: Volume, file: string, findings: Findings): [number, number] {
  if (image.shape.some((size) => size < 2)) {
    findings.error(file, `a flat image of ${image.shape.join(" x ")} voxels`, "Use 3-D images.");
  }
  let [low, high, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (const value of image.data) {
    if (!Number.isFinite(value)) finite = false;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!finite) {
    const problem = "voxels that are not finite numbers (NaN or infinite)";
    findings.error(file, problem, "Replace them before use.");
  } else if (low === high) {
    findings.error(file, `the same intensity ${low} everywhere`, "Check the export of this image.");
  }
  return [low, high];
}

function volumesOf(labels: Volume<Uint8Array>): Record<string, number> {
  const counts = new Map<number, number>();
  for (const value of labels.data) if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [x, y, z] = spacingOf(labels.affine);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([value, count]) => [String(value), (count * x * y * z) / 1000]));
}
