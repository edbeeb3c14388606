/** Writes a report into a folder. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../dataset/index.js";
import { toCsv } from "./csv.js";
import { renderReport } from "./render-report.js";
import { parseReportData, type ReportInput } from "./report-data.js";

export const reportFiles = {
  page: "report.html",
  data: "report.json",
  accuracy: "accuracy.csv",
  calibration: "calibration.csv",
  measures: "measures.csv",
};

/** The page, the same numbers as JSON, and the tables as CSV. Returns the path of the page. */
export async function saveReport(folder: string, input: ReportInput): Promise<string> {
  const data = parseReportData(input);
  const calibration = data.calibration.rows.flatMap(({ dataset, region, before, after }) => [
    { dataset, region, scaling: "before", ...before },
    ...(after ? [{ dataset, region, scaling: "after", ...after }] : []),
  ]);
  const measures = (data.ood?.scores ?? []).map(({ nearest, ...score }) => ({
    ...score,
    nearestDataset: nearest?.dataset,
    nearestCase: nearest?.case,
  }));
  const write = (name: string, content: string): Promise<void> =>
    writeFileAtomically(join(folder, name), content);
  await write(reportFiles.data, `${JSON.stringify(input)}\n`);
  await write(reportFiles.accuracy, toCsv(data.accuracy.cases));
  await write(reportFiles.calibration, toCsv(calibration));
  await write(reportFiles.measures, toCsv(measures));
  await write(reportFiles.page, renderReport(input));
  return join(folder, reportFiles.page);
}

/** Removes the report of an earlier run. */
export async function removeReport(folder: string): Promise<void> {
  for (const name of Object.values(reportFiles)) await rm(join(folder, name), { force: true });
}
