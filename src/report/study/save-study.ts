/** Writes what a study found into a folder. */
import { join } from "node:path";
import { writeFileAtomically } from "../../dataset/index.js";
import type { CaseRow, ScoreRow, StudyResult } from "../../study/protocol/study-result.js";
import { toCsv } from "../csv.js";
import { mapSlices } from "./map-slices.js";
import { renderStudy } from "./render-study.js";

/** The page, the same numbers as JSON, and every table as CSV. Returns the path of the page. */
export async function saveStudy(
  folder: string,
  result: StudyResult,
  allScores: readonly ScoreRow[],
): Promise<string> {
  const { matrix, riskCoverage } = result;
  const files: Record<string, string> = {
    "study.json": `${JSON.stringify(result)}\n`,
    "cases.csv": toCsv(result.cases.map(flat)),
    "summaries.csv": toCsv(result.summaries),
    "comparisons.csv": toCsv(result.comparisons),
    "detection.csv": toCsv(result.detection),
    "thresholds.csv": toCsv(result.thresholds),
    "promises.csv": toCsv(result.promises),
    "matrix.csv": toCsv(
      matrix.datasets.flatMap((network, row) =>
        matrix.datasets.map((images, column) => ({ network, images, auroc: matrix.auroc[row]?.[column] })),
      ),
    ),
    "risk-coverage.csv": toCsv(
      riskCoverage.flatMap(({ detector, points }) =>
        points.map(([coverage, risk]) => ({ detector, coverage, risk })),
      ),
    ),
    "failures.csv": toCsv(riskCoverage.map(({ points: _, ...row }) => row)),
    "claims.csv": toCsv(result.claims),
    "scores.csv": toCsv(allScores),
    "study.html": renderStudy({ ...result, maps: await mapSlices(join(folder, "maps")) }),
  };
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(folder, name), content);
  return join(folder, "study.html");
}

/** Calibrations as columns of their own: `box.ece` and so on. */
function flat({
  box,
  boxScaled,
  boxSignature,
  boxTold,
  whole,
  wholeScaled,
  ...row
}: CaseRow): Record<string, unknown> {
  const columns: Record<string, unknown> = { ...row };
  for (const [name, errors] of Object.entries({ box, boxScaled, boxSignature, boxTold, whole, wholeScaled }))
    for (const [measure, value] of Object.entries(errors ?? {})) columns[`${name}.${measure}`] = value;
  return columns;
}
