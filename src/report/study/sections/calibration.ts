import type { StudyResult } from "../../../study/protocol/study-result.js";
import { figureHtml } from "../../figure-html.js";
import { html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { eceByStrategy, scaledEceByStrategy } from "../figures/by-strategy.js";
import { summaryTable } from "./accuracy.js";
import { comparisonTable } from "./comparison-table.js";

const TEMPERATURES = [
  [
    "eceSignature",
    "Scaled by a temperature that depends on the image's signature, without being told the dataset:",
  ],
  ["eceTold", "Scaled by the temperature of the image's dataset, for comparison:"],
  [
    "eceByChance",
    "By chance alone: what a perfectly calibrated network of the scaled probabilities would show in volumes of this size (simulation, voxels drawn one by one):",
  ],
  ["aceScaled", "Average calibration error (each bin counts the same), one temperature for all images:"],
  ["aceSignature", "The same, scaled by signature:"],
  ["aceTold", "The same, told the dataset:"],
] as const;

/** Errors near the organ under other temperatures; nothing where a study of an earlier version measured none. */
const temperatureTables = (result: StudyResult) =>
  TEMPERATURES.filter(([name]) => result.summaries.some(({ measure }) => measure === name)).map(
    ([name, text]) => html`<p>${text}</p>
${summaryTable(result, name, 3)}`,
  );

export const calibration: Section<StudyResult> = {
  name: "calibration",
  title: "Calibration",
  render(result) {
    if (result.summaries.length === 0) return undefined;
    return html`<p>Expected calibration error near the organ (bounding box of the reference, 10 mm wider), 15 bins: the error of each volume, as a mean over volumes, before temperature scaling. Nothing is pooled over volumes.</p>
${summaryTable(result, "ece", 3)}
${figureHtml(eceByStrategy, result)}
<p>After temperature scaling:</p>
${summaryTable(result, "eceScaled", 3)}
${figureHtml(scaledEceByStrategy, result)}
${temperatureTables(result)}
<p>Brier score:</p>
${summaryTable(result, "brier", 3)}
<p>Negative log-likelihood, nats a voxel:</p>
${summaryTable(result, "nll", 3)}
<p>Paired comparisons of the expected calibration error:</p>
${comparisonTable(result, "ece")}`;
  },
};
