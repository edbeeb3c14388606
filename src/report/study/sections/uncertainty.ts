import { figureHtml } from "../../figure-html.js";
import type { Section } from "../../sections/section.js";
import { mapsFigure } from "../figures/maps.js";
import type { StudyReport } from "../study-report.js";

export const uncertainty: Section<StudyReport> = {
  name: "uncertainty",
  title: "Where the networks are unsure",
  render: (report) => figureHtml(mapsFigure, report),
};
