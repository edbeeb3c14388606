/** Says what is in a dataset and what is wrong with it, case by case. */
import { UserError, type WorkHooks } from "../base/index.js";
import type { Preparation } from "../preparation/index.js";
import type { Dataset } from "./dataset.js";
import { type InspectedCase, inspectCase, type Problem } from "./inspect-case.js";
import { oddSpacings } from "./odd-spacings.js";

export interface Inspection {
  readonly dataset: Dataset;
  readonly cases: readonly InspectedCase[];
  readonly problems: readonly Problem[];
}

/**
 * Reads every file of a dataset, one case after the other. Problems are collected, not thrown.
 *
 * @param preparation by which the cases get their ceilings; without it there are none
 */
export async function inspectDataset(
  dataset: Dataset,
  { progress, signal }: Partial<WorkHooks> = {},
  preparation?: Preparation,
): Promise<Inspection> {
  const cases: InspectedCase[] = [];
  const problems: Problem[] = [];
  for (const files of dataset.cases) {
    signal?.throwIfAborted();
    const found = await inspectCase(dataset, files, preparation);
    cases.push(found.inspected);
    problems.push(...found.problems);
    progress?.(cases.length);
  }
  return { dataset, cases, problems: [...problems, ...strayLabels(dataset), ...oddSpacings(cases)] };
}

const strayLabels = (dataset: Dataset): Problem[] =>
  dataset.strayLabels.map((file) => ({
    case: dataset.name,
    file,
    level: "warning",
    problem: "a label file without an image of its name",
    advice: "It is not used; rename it or the image if the two belong together.",
  }));

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
