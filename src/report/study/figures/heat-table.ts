import * as Plot from "@observablehq/plot";
import { type Drawing, plot, shortened } from "../../figures/drawing.js";
import { FIGURE_WIDTH } from "../../figures/figure.js";
import { textWidth } from "../../figures/legend.js";
import { FAINT, INK } from "../../palette.js";

const CELL = 26;

export interface HeatCell {
  readonly row: string;
  readonly column: string;
  /** AUROC or share, 0 to 1, where 0.5 is chance; null where there is none. */
  readonly value: number | null;
}

/** Colour and number: 0.5 (chance) and below is red, 1 is blue. */
export function heatTable(cells: readonly HeatCell[]): Drawing {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  const label = (text: string): string => shortened(text, 32);
  const marginTop = 14 + Math.max(...columns.map((name) => textWidth(label(name)))) * 0.72;
  // Slanted labels reach beyond their column; a column is at least as wide as a row is high, or nearly.
  const marginRight = Math.max(
    40,
    ...columns.map((name, index) => textWidth(label(name)) * 0.77 - (columns.length - 1 - index) * CELL),
  );
  const marginLeft = 16 + Math.max(...rows.map((name) => textWidth(label(name))));
  return plot({
    width: Math.min(FIGURE_WIDTH, Math.max(360, marginLeft + 40 + columns.length * 62)),
    height: marginTop + rows.length * CELL + 10,
    marginTop,
    marginLeft,
    marginRight,
    marginBottom: 8,
    x: { domain: columns, label: null, axis: "top", tickFormat: label, tickRotate: -40, tickSize: 0 },
    y: { domain: rows, label: null, tickFormat: label, tickSize: 0 },
    color: {
      type: "linear",
      domain: [0.4, 0.5, 0.75, 1],
      range: ["#D55E00", "#f3b48a", "#f7f7f7", "#5aa2d8"],
      clamp: true,
    },
    marks: [
      Plot.cell(
        cells.filter(({ value }) => value !== null),
        { x: "column", y: "row", fill: "value", inset: 0.5 },
      ),
      Plot.text(cells, {
        x: "column",
        y: "row",
        text: ({ value }: HeatCell) => (value === null ? "–" : value.toFixed(2)),
        fill: ({ value }: HeatCell) => (value === null ? FAINT : INK),
        fontSize: 11,
      }),
    ],
  });
}
