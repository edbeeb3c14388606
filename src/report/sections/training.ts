import { figureHtml } from "../figure-html.js";
import { trainingCurves } from "../figures/training-curves.js";
import type { Section } from "./section.js";

export const training: Section = {
  name: "training",
  title: "Training",
  render: (data) => figureHtml(trainingCurves, data),
};
