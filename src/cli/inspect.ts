/** `sureseg datasets inspect FOLDER`: what is there, with a picture, and what is wrong with it. */

import { extname, resolve } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import {
  type Dataset,
  type InspectedCase,
  type Inspection,
  inspectDataset,
  openDataset,
  type Problem,
  withSubjects,
  writeFileAtomically,
} from "../dataset/index.js";
import { labelValuesText } from "../labels/index.js";
import { summary } from "../metrics/index.js";
import { datasetPicture, pngOf } from "../report/dataset-picture.js";
import { counted } from "../report/format.js";
import { firstPreparation } from "../run/plan-resolution.js";
import { type Modality, modalityText } from "../volume/index.js";
import { exitStatus } from "./exit-status.js";

export interface InspectOptions {
  /** One for all channels, or one for each. */
  readonly modality?: Modality | readonly Modality[];
  /** CSV file with columns dataset, case, subject. */
  readonly subjects?: string;
  /** Where to write the picture (.png or .svg); default NAME.png, and none with `json`. */
  readonly picture?: string | false;
  readonly json: boolean;
}

/** @returns exit status: 1 where the dataset has errors, or where a picture that was asked for could not be written */
export async function inspect(folder: string, options: InspectOptions, hooks: WorkHooks): Promise<number> {
  if (options.picture) refuseOtherPictures(options.picture);
  const { dataset, problems: mismatches } = await openForInspection(folder, options);
  hooks.stage(`inspecting ${dataset.name}`, dataset.cases.length, "cases");
  const inspected = await inspectDataset(dataset, hooks, firstPreparation);
  const inspection = { ...inspected, problems: [...inspected.problems, ...mismatches] };
  process.stdout.write(options.json ? jsonOf(inspection) : textOf(inspection));
  const broken = inspection.problems.some(({ level }) => level === "error");
  const drawn = await savePicture(dataset, options, hooks);
  return broken || !drawn ? exitStatus.error : exitStatus.trusted;
}

/** The dataset, with its subjects where the file that names them suits it: all else is inspected either way. */
async function openForInspection(
  folder: string,
  { modality, subjects }: InspectOptions,
): Promise<{ dataset: Dataset; problems: Problem[] }> {
  const dataset = await openDataset(folder, { modality });
  if (subjects === undefined) return { dataset, problems: [] };
  try {
    return { dataset: await withSubjects(dataset, { file: subjects, missing: "refuse" }), problems: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { subject, found, expected, advice } = error;
    const problem = `found ${found}, expected ${expected}`;
    return { dataset, problems: [{ case: dataset.name, file: subject, level: "error", problem, advice }] };
  }
}

const jsonOf = ({ dataset, cases, problems }: Inspection): string =>
  `${JSON.stringify({ ...dataset, cases, problems }, null, 2)}\n`;

function textOf({ dataset, cases, problems }: Inspection): string {
  const labels = Object.entries(dataset.labels).map(([name, value]) => `${value} ${name}`);
  const regions = Object.entries(dataset.regions).map(
    ([name, values]) => `${name} (${labelValuesText(values)})`,
  );
  const subjects = new Set(cases.map(({ subject }) => subject)).size;
  const lines = [
    `${dataset.name}: ${cases.length} cases, ${modalityText(dataset.modalities)}, layout ${dataset.layout}, channels ${dataset.channelNames.join(", ")}`,
    `labels: ${labels.length > 0 ? labels.join(", ") : "not named"}; ${regions.length > 0 ? `regions: ${regions.join(", ")}; ` : ""}subjects: ${subjects}`,
    ...cases.map(caseLine),
    ...ceilingLines(cases),
    ...problems.map(
      ({ level, case: id, file, problem, advice }) => `${level}: ${id} (${file}): ${problem}. ${advice}`,
    ),
    conclusion(dataset, problems),
  ];
  return `${lines.join("\n")}\n`;
}

/** Label values that are named: those that lose most. */
const MOST_NAMED = 5;

/** What coarser voxels would cost the labels. */
function ceilingLines(cases: readonly InspectedCase[]): string[] {
  const values = [...new Set(cases.flatMap(({ ceilings = {} }) => Object.keys(ceilings)))];
  if (values.length === 0) return [];
  const each = values.map((value) => {
    const { mean, minimum } = summary(cases.map(({ ceilings }) => ceilings?.[value] ?? Number.NaN));
    return { value, mean, minimum };
  });
  const worst = each.sort((a, b) => a.mean - b.mean).slice(0, MOST_NAMED);
  const named = worst.map(
    ({ value, mean, minimum }) => `label ${value} ${mean.toFixed(3)} (lowest ${minimum.toFixed(3)})`,
  );
  const others = each.length > MOST_NAMED ? `; ${each.length - MOST_NAMED} other labels more` : "";
  return [
    `resolution: with at most ${firstPreparation.spacing.voxels} voxels an image, where the plan of a training begins, a reference keeps a Dice coefficient of: ${named.join(", ")}${others}`,
  ];
}

function caseLine({ id, shape, spacing, orientation, range, labelVolumesMl }: InspectedCase): string {
  if (shape === undefined) return `  ${id}: unreadable`;
  const millimetres = spacing?.map((mm) => mm.toFixed(2)).join("x");
  const intensities = range?.map((value) => Number(value.toPrecision(4))).join(" to ");
  const volumes = Object.entries(labelVolumesMl).map(
    ([value, ml]) => `label ${value}: ${ml.toPrecision(3)} ml`,
  );
  return `  ${id}: ${shape.join("x")} voxels of ${millimetres} mm, ${orientation}, intensity ${intensities}, ${volumes.join(", ") || "no label"}`;
}

function conclusion({ cases }: Dataset, problems: readonly Problem[]): string {
  const errors = problems.filter(({ level }) => level === "error").length;
  if (errors > 0) return `${counted(errors, "error")}: training would refuse this folder`;
  if (cases.every(({ label }) => label === undefined)) {
    return "no errors, but no labels either: training would refuse this folder";
  }
  return "no errors";
}

function refuseOtherPictures(path: string): void {
  if ([".png", ".svg"].includes(extname(path).toLowerCase())) return;
  throw new UserError({
    subject: "--picture",
    found: path,
    expected: "a file name that ends in .png or .svg",
    advice: "Name the file so, or leave the picture out with --no-picture.",
  });
}

/**
 * Draws and writes the picture, and says where it is or why there is none.
 *
 * @returns false where a picture that was asked for by name could not be written
 */
async function savePicture(
  dataset: Dataset,
  { picture, json }: InspectOptions,
  hooks: WorkHooks,
): Promise<boolean> {
  const name = picture ?? (json ? false : `${dataset.name}.png`);
  if (name === false) return true;
  const path = resolve(name);
  hooks.stage(`drawing ${dataset.name}`, dataset.cases.length, "cases");
  try {
    const svg = await datasetPicture(dataset, hooks);
    await writeFileAtomically(path, extname(path).toLowerCase() === ".svg" ? svg : pngOf(svg));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const asked = picture !== undefined;
    process.stderr.write(`${asked ? "error" : "warning: no picture"}: ${error.message}\n`);
    return !asked;
  }
  if (!json) process.stdout.write(`${path}\n`);
  return true;
}
