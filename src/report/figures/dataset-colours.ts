import { coloursOf } from "../palette.js";
import type { ReportData } from "../report-data.js";

/** The colour of every dataset named anywhere in the report, the same in all its figures; foreign sources have none. */
export function datasetColours(data: ReportData): Map<string, string> {
  return coloursOf([
    ...data.datasets.map(({ name }) => name),
    ...data.accuracy.summaries.map(({ dataset }) => dataset),
    ...data.accuracy.cases.map(({ dataset }) => dataset),
    ...data.curves.flatMap(({ validationDice }) => Object.keys(validationDice ?? {})),
    ...data.signatures.filter(({ role }) => role !== "foreign").map(({ dataset }) => dataset),
  ]);
}
