import { figureHtml } from "../figure-html.js";
import { diceByDataset, hd95ByDataset } from "../figures/accuracy.js";
import { fixed } from "../format.js";
import { html } from "../html.js";
import type { AccuracySummary } from "../report-data.js";
import { table } from "../table.js";
import type { Section } from "./section.js";

type Interval = AccuracySummary["dice"];

const shown = (interval: Interval, digits: number): string =>
  interval === null
    ? fixed(null, digits)
    : `${fixed(interval.mean, digits)} (${fixed(interval.low, digits)} to ${fixed(interval.high, digits)})`;

export const accuracy: Section = {
  name: "accuracy",
  title: "Accuracy",
  render(data) {
    if (data.accuracy.summaries.length === 0) return undefined;
    return html`<p>Mean over held-out volumes, with its 95 % bootstrap interval. The ceiling is the Dice coefficient that the references keep when they go to the network's voxels and back.</p>
${table(data.accuracy.summaries, [
  { head: "Dataset", cell: ({ dataset }) => dataset, numeric: false },
  { head: "Organ", cell: ({ organ }) => organ, numeric: false },
  { head: "Volumes", cell: ({ cases }) => String(cases) },
  { head: "Dice", cell: ({ dice }) => shown(dice, 3) },
  { head: "Ceiling", cell: ({ ceiling }) => fixed(ceiling ?? null, 3) },
  { head: "HD95 (mm)", cell: ({ hd95 }) => shown(hd95, 1) },
  { head: "ASSD (mm)", cell: ({ assd }) => shown(assd, 2) },
])}
${figureHtml(diceByDataset, data)}
${figureHtml(hd95ByDataset, data)}`;
  },
};
