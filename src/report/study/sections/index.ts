/** Sections of a study's report in their order. */
import type { StudyResult } from "../../../study/result/study-result.js";
import type { Section } from "../../sections/section.js";
import { accuracy } from "./accuracy.js";
import { calibration } from "./calibration.js";
import { claims } from "./claims.js";
import { data } from "./data.js";
import { detection, variants } from "./detection.js";
import { corruptions, failures, matrix, notes } from "./others.js";

export const studySections: readonly Section<StudyResult>[] = [
  claims,
  data,
  accuracy,
  calibration,
  detection,
  corruptions,
  matrix,
  failures,
  variants,
  notes,
];
