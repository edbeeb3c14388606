/** `sureseg datasets inspect FOLDER`: what is there, with a picture, and what is wrong with it. */

import { extname, resolve } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import { type Dataset, inspectDataset, openDataset, writeFileAtomically } from "../dataset/index.js";
import { datasetPicture, pngOf } from "../report/dataset-picture.js";
import type { Modality } from "../volume/index.js";
import { exitStatus } from "./run-command.js";

/**
 * @param options.picture where to write the picture (.png or .svg); default NAME.png, and none with `json`
 * @returns exit status: 1 where the dataset has errors
 */
export async function inspect(
  folder: string,
  options: { modality?: Modality; subjects?: string; picture?: string | false; json: boolean },
  hooks: WorkHooks,
): Promise<number> {
  const dataset = await openDataset(folder, options);
  hooks.stage(`inspecting ${dataset.name}`, dataset.cases.length, "cases");
  const { cases, problems } = await inspectDataset(dataset, hooks.progress);
  const errors = problems.filter(({ level }) => level === "error").length;
  const picture = options.picture ?? (options.json ? false : `${dataset.name}.png`);
  if (picture !== false) await savePicture(dataset, resolve(picture), hooks);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...dataset, cases, problems }, null, 2)}\n`);
    return errors > 0 ? exitStatus.error : exitStatus.trusted;
  }
  const labels = Object.entries(dataset.labels).map(([name, value]) => `${value} ${name}`);
  const lines = [
    `${dataset.name}: ${cases.length} cases, ${dataset.modality}, layout ${dataset.layout}, channels ${dataset.channelNames.join(", ")}`,
    `labels: ${labels.length > 0 ? labels.join(", ") : "not named"}; subjects: ${new Set(cases.map(({ subject }) => subject)).size}`,
    ...cases.map(({ id, shape, spacing, orientation, range, labelVolumesMl }) =>
      shape === undefined
        ? `  ${id}: unreadable`
        : `  ${id}: ${shape.join("x")} voxels of ${spacing?.map((mm) => mm.toFixed(2)).join("x")} mm, ${orientation}, intensity ${range?.map((value) => Number(value.toPrecision(4))).join(" to ")}, ${
            Object.entries(labelVolumesMl)
              .map(([value, ml]) => `label ${value}: ${ml.toPrecision(3)} ml`)
              .join(", ") || "no label"
          }`,
    ),
    ...problems.map(
      ({ level, case: id, file, problem, advice }) => `${level}: ${id} (${file}): ${problem}. ${advice}`,
    ),
    errors > 0 ? `${errors} errors: training would refuse this folder` : "no errors",
    ...(picture === false ? [] : [resolve(picture)]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return errors > 0 ? exitStatus.error : exitStatus.trusted;
}

async function savePicture(dataset: Dataset, path: string, hooks: WorkHooks): Promise<void> {
  const kind = extname(path).toLowerCase();
  if (kind !== ".png" && kind !== ".svg") {
    throw new UserError({
      subject: "--picture",
      found: path,
      expected: "a file name that ends in .png or .svg",
      advice: "Name the file so, or leave the picture out with --no-picture.",
    });
  }
  hooks.stage(`drawing ${dataset.name}`, dataset.cases.length, "cases");
  const svg = await datasetPicture(dataset, hooks.progress);
  await writeFileAtomically(path, kind === ".svg" ? svg : pngOf(svg));
}
