import { page } from "./page.js";
import { parseReportData, type ReportInput } from "./report-data.js";
import { sections } from "./sections/index.js";

/**
 * The report as one self-contained HTML file: text, tables, and figures as vector graphics. Same data, same bytes.
 *
 * @throws UserError naming the fields at fault where the data do not fit the schema
 */
export function renderReport(input: ReportInput): string {
  const data = parseReportData(input);
  const parts = sections.flatMap(({ name, title, render }) => {
    const content = render(data);
    return content === undefined ? [] : [{ name, title, content }];
  });
  return page(
    data.title,
    `Accuracy, calibration and recognition of foreign images, ${day(data.created)}`,
    parts,
  );
}

const day = (created: string): string => created.slice(0, 10);
