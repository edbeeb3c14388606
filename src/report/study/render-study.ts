import { page } from "../page.js";
import { studySections } from "./sections/index.js";
import type { StudyReport } from "./study-report.js";

/** A study's report as one self-contained HTML file. Same report, same bytes. */
export function renderStudy(report: StudyReport): string {
  const parts = studySections.flatMap(({ name, title, render }) => {
    const content = render(report);
    return content === undefined ? [] : [{ name, title, content }];
  });
  const { datasets, runs } = report;
  return page(
    report.name,
    `Joint training against dedicated networks and transfer, and recognition of foreign images: ${datasets.length} datasets, ${runs.length} networks, ${report.created.slice(0, 10)}`,
    parts,
  );
}
