import { summary } from "../../../metrics/index.js";
import { type StudyResult, type SummaryRow, strategies } from "../../../study/protocol/study-result.js";
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
  { summaries, cases }: StudyResult,
  measure: SummaryRow["measure"],
  digits: number,
): Html {
  const own = summaries.filter((row) => row.measure === measure);
  const datasets = [...new Set(own.map(({ dataset }) => dataset))];
  const shown = strategies.filter((strategy) => own.some((row) => row.strategy === strategy));
  const volumes = (dataset: string): number =>
    new Set(cases.filter((row) => row.dataset === dataset).map((row) => `${row.case} ${row.fold}`)).size;
  const ceiling = (dataset: string): number | null => {
    const { count, mean } = summary(
      cases.filter((row) => row.dataset === dataset).map((row) => row.ceiling ?? Number.NaN),
    );
    return count === 0 ? null : mean;
  };
  const columns: Column<string>[] = shown.map((strategy) => ({
    head: STRATEGY_NAMES[strategy],
    cell: (dataset) => {
      const row = own.find((item) => item.dataset === dataset && item.strategy === strategy);
      if (row === undefined) return fixed(null, digits);
      const missing = volumes(dataset) - row.volumes;
      const without = missing === 0 ? "" : `, ${missing} undefined`;
      return `${fixed(row.mean, digits)} (${fixed(row.low, digits)}–${fixed(row.high, digits)})${without}`;
    },
  }));
  return table(datasets, [
    { head: "Dataset", cell: (dataset) => dataset, numeric: false },
    { head: "Volumes", cell: (dataset) => String(volumes(dataset)) },
    ...columns,
    ...(measure === "dice"
      ? [{ head: "Ceiling", cell: (dataset: string) => fixed(ceiling(dataset), digits) }]
      : []),
  ]);
}

export const accuracy: Section<StudyResult> = {
  name: "accuracy",
  title: "Accuracy",
  render(result) {
    if (result.summaries.length === 0) return undefined;
    return html`<p>Dice over held-out volumes, mean and 95 % bootstrap interval; each volume is the mean over seeds. The ceiling is the Dice coefficient that the references keep when they go to the network's voxels and back.</p>
${summaryTable(result, "dice", 3)}
${figureHtml(diceByStrategy, result)}
<p>HD95 in mm. A volume in which nothing was found by one of the seeds' networks has no surface distance and is left out of the mean, which flatters the strategy: how many is said beside it.</p>
${summaryTable(result, "hd95", 1)}
<p>ASSD in mm, the same volumes:</p>
${summaryTable(result, "assd", 2)}
<p>Paired comparisons of Dice over the same volumes; Holm's correction over the family of datasets:</p>
${comparisonTable(result, "dice")}`;
  },
};
