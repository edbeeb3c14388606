/** Writes what a study found into a folder. */
import { join } from "node:path";
import { writeFileAtomically } from "../../dataset/index.js";
import type { ScoreRow, StudyResult } from "../../study/result/study-result.js";
import { toCsv } from "../csv.js";

/** JSON and CSV tables. Returns the path of the JSON file. */
export async function saveStudy(
  folder: string,
  result: StudyResult,
  allScores: readonly ScoreRow[],
): Promise<string> {
  const write = (name: string, content: string): Promise<void> =>
    writeFileAtomically(join(folder, name), content);
  await write("study.json", `${JSON.stringify(result)}\n`);
  await write("scores.csv", toCsv(allScores));
  return join(folder, "study.json");
}
