/** `sureseg datasets inspect FOLDER`: what is there, and what is wrong with it. */
import { inspectDataset, openDataset } from "../dataset/index.js";
import type { RunHooks } from "../study/train-run.js";
import type { Modality } from "../volume/index.js";
import { exitStatus } from "./run-command.js";

/** @returns exit status: 1 where the dataset has errors */
export async function inspect(
  folder: string,
  options: { modality?: Modality; subjects?: string; json: boolean },
  hooks: RunHooks,
): Promise<number> {
  const dataset = await openDataset(folder, options);
  hooks.stage(`inspecting ${dataset.name}`, dataset.cases.length, "cases");
  const { cases, problems } = await inspectDataset(dataset, hooks.progress);
  const errors = problems.filter(({ level }) => level === "error").length;
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
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return errors > 0 ? exitStatus.error : exitStatus.trusted;
}
