import type { StudyResult } from "../../study/protocol/study-result.js";
import type { SliceData } from "../report-data.js";

/** What the page shows: a study's numbers, and pictures made from the maps that it kept. */
export interface StudyReport extends StudyResult {
  /** One slice of every map of entropy and mutual information; never of an image. */
  readonly maps: readonly SliceData[];
}
