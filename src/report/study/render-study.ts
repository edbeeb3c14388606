import type { StudyResult } from "../../study/result/study-result.js";
import { page } from "../page.js";
import { studySections } from "./sections/index.js";

/** A study's report as one self-contained HTML file. Same result, same bytes. */
export function renderStudy(result: StudyResult): string {
  const parts = studySections.flatMap(({ name, title, render }) => {
    const content = render(result);
    return content === undefined ? [] : [{ name, title, content }];
  });
  const { datasets, runs } = result;
  return page(
    result.name,
    `Joint training against dedicated networks and transfer, and recognition of foreign images: ${datasets.length} datasets, ${runs.length} networks, ${result.created.slice(0, 10)}`,
    parts,
  );
}
