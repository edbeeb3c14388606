import type { Comparison, StudyResult } from "../../../study/protocol/study-result.js";
import { fixed } from "../../format.js";
import { type Html, html } from "../../html.js";
import { table } from "../../table.js";
import { STRATEGY_NAMES } from "../figures/strategy-colours.js";

const p = (value: number | null): string =>
  value === null ? fixed(null, 3) : value < 0.001 ? "< 0.001" : value.toFixed(3);

const signed = (value: number | null): string =>
  value === null ? fixed(null, 3) : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;

const ends = (interval: Comparison["newDataset"]): string =>
  interval === null ? fixed(null, 3) : `${signed(interval.low)} to ${signed(interval.high)}`;

/** Paired comparisons of one measure over all volumes; those of each dataset are folded away. */
export function comparisonTable({ comparisons }: StudyResult, measure: Comparison["measure"]): Html {
  const rows = comparisons.filter((row) => row.measure === measure);
  return html`${rowsTable(rows.filter(({ dataset }) => dataset === null))}
<details><summary>By dataset</summary>${rowsTable(rows.filter(({ dataset }) => dataset !== null))}</details>
`;
}

const rowsTable = (rows: readonly Comparison[]): Html =>
  table(rows, [
    {
      head: "First − second",
      cell: (row) => `${STRATEGY_NAMES[row.first]} − ${STRATEGY_NAMES[row.second]}`,
      numeric: false,
    },
    { head: "Dataset", cell: (row) => row.dataset ?? "all volumes", numeric: false },
    {
      head: "Pairs",
      cell: ({ pairs, dropped }) => (dropped === 0 ? String(pairs) : `${pairs} (${dropped} without a value)`),
    },
    {
      head: "Difference (95 % interval)",
      cell: (row) => `${signed(row.difference)} (${signed(row.low)} to ${signed(row.high)})`,
    },
    { head: "These datasets", cell: ({ theseDatasets }) => ends(theseDatasets) },
    { head: "A new dataset", cell: ({ newDataset }) => ends(newDataset) },
    { head: "Wilcoxon p", cell: ({ wilcoxon }) => p(wilcoxon) },
    { head: "Holm p", cell: ({ holm }) => p(holm) },
    { head: "t test p", cell: ({ tTest }) => p(tTest) },
  ]);
