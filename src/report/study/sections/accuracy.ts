import { type StudyResult, type SummaryRow, strategies } from "../../../study/result/study-result.js";
import { figureHtml } from "../../figure-html.js";
import { fixed } from "../../format.js";
import { type Html, html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { type Column, table } from "../../table.js";
import { diceByStrategy } from "../figures/by-strategy.js";
import { STRATEGY_NAMES } from "../figures/strategy-colours.js";
import { comparisonTable } from "./comparison-table.js";

/** Mean and interval of a measure, a row a dataset and a column a strategy. */
export function summaryTable(
  { summaries }: StudyResult,
  measure: SummaryRow["measure"],
  digits: number,
): Html {
  const own = summaries.filter((row) => row.measure === measure);
  const datasets = [...new Set(own.map(({ dataset }) => dataset))];
  const shown = strategies.filter((strategy) => own.some((row) => row.strategy === strategy));
  const columns: Column<string>[] = shown.map((strategy) => ({
    head: STRATEGY_NAMES[strategy],
    cell: (dataset) => {
      const row = own.find((item) => item.dataset === dataset && item.strategy === strategy);
      return row
        ? `${fixed(row.mean, digits)} (${fixed(row.low, digits)}–${fixed(row.high, digits)})`
        : fixed(null, digits);
    },
  }));
  const volumes = (dataset: string): number =>
    Math.max(...own.filter((row) => row.dataset === dataset).map((row) => row.volumes));
  return table(datasets, [
    { head: "Dataset", cell: (dataset) => dataset, numeric: false },
    { head: "Volumes", cell: (dataset) => String(volumes(dataset)) },
    ...columns,
  ]);
}

export const accuracy: Section<StudyResult> = {
  name: "accuracy",
  title: "Accuracy",
  render(result) {
    if (result.summaries.length === 0) return undefined;
    return html`<p>Dice over held-out volumes, mean and 95 % bootstrap interval; each volume is the mean over seeds.</p>
${summaryTable(result, "dice", 3)}
${figureHtml(diceByStrategy, result)}
<p>HD95 in mm, over the volumes where it is defined:</p>
${summaryTable(result, "hd95", 1)}
<p>ASSD in mm:</p>
${summaryTable(result, "assd", 2)}
<p>Paired comparisons of Dice over the same volumes; Holm's correction over the family of datasets:</p>
${comparisonTable(result, "dice")}`;
  },
};
