/** Sections of a study's report in their order. */
import type { Section } from "../../sections/section.js";
import type { StudyReport } from "../study-report.js";
import { accuracy } from "./accuracy.js";
import { calibration } from "./calibration.js";
import { claims } from "./claims.js";
import { data } from "./data.js";
import { detection, variants } from "./detection.js";
import { corruptions, failures, matrix, notes } from "./others.js";
import { uncertainty } from "./uncertainty.js";

export const studySections: readonly Section<StudyReport>[] = [
  claims,
  data,
  accuracy,
  calibration,
  uncertainty,
  detection,
  corruptions,
  matrix,
  failures,
  variants,
  notes,
];
