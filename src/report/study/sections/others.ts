import type { StudyResult } from "../../../study/protocol/study-result.js";
import { figureHtml } from "../../figure-html.js";
import { fixed, percent } from "../../format.js";
import { html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { table } from "../../table.js";
import { corruptionFigure, corruptionShiftFigure } from "../figures/corruptions.js";
import { matrixFigure } from "../figures/matrix.js";
import { riskCoverageFigure } from "../figures/risk-coverage.js";
import { shownDetectors } from "../shown-detectors.js";

export const corruptions: Section<StudyResult> = {
  name: "corruptions",
  title: "Corrupted images",
  render(result) {
    const telling = figureHtml(corruptionFigure, result);
    return telling && html`${telling}${figureHtml(corruptionShiftFigure, result)}`;
  },
};

export const matrix: Section<StudyResult> = {
  name: "matrix",
  title: "Dataset against dataset",
  render: (result) => figureHtml(matrixFigure, result),
};

export const failures: Section<StudyResult> = {
  name: "failures",
  title: "Silent failures",
  render(result) {
    if (result.riskCoverage.length === 0) return undefined;
    const names = shownDetectors(result.riskCoverage.map(({ detector }) => detector));
    const rows = result.riskCoverage
      .filter(({ detector }) => names.includes(detector))
      .sort((a, b) => a.aurc - b.aurc);
    return html`<p>Images with Dice below 0.5 (held-out and corrupted, joint networks), and how many of them each detector refuses at its threshold.</p>
${table(rows, [
  { head: "Detector", cell: ({ detector }) => detector, numeric: false },
  { head: "Images", cell: ({ images }) => String(images) },
  { head: "Failures", cell: ({ failures: count }) => String(count) },
  { head: "Refused", cell: ({ failuresCaught }) => fixed(failuresCaught, 0) },
  {
    head: "Share caught",
    cell: ({ failures: count, failuresCaught }) =>
      percent(count === 0 || failuresCaught === null ? null : failuresCaught / count),
  },
  { head: "AUROC of failures", cell: ({ failureAuroc }) => fixed(failureAuroc, 3) },
  { head: "AURC", cell: ({ aurc }) => fixed(aurc, 3) },
  { head: "Above the best order", cell: ({ excess }) => fixed(excess, 3) },
  { head: "Expected drop of Dice", cell: ({ drop }) => fixed(drop, 3) },
])}
${figureHtml(riskCoverageFigure, result)}`;
  },
};

export const notes: Section<StudyResult> = {
  name: "notes",
  title: "How it was done",
  render: ({ notes: all, created, commit, machine, configuration }) =>
    html`<ul>${all.map((note) => html`<li>${note}</li>`)}</ul>
<p>${created}${commit !== undefined && html`; sureseg ${commit}`}${machine !== undefined && html`; ${machine}`}.</p>
<details><summary>Configuration</summary><pre>${configuration}</pre></details>
`,
};
