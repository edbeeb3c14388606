import * as Plot from "@observablehq/plot";
import { type Drawing, plot, stacked } from "../../figures/drawing.js";
import { FIGURE_WIDTH } from "../../figures/figure.js";
import { legend } from "../../figures/legend.js";
import { FAINT, GRID } from "../../palette.js";

export interface LineSeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
  /** Drawn wider, above the others. */
  readonly emphasised?: boolean;
}

/** Curves over a range of x, the vertical axis from 0 to where they end; `diagonal` draws what is promised. */
export function lineChart(
  series: readonly LineSeries[],
  options: { x: string; y: string; xRange: [number, number]; diagonal?: boolean },
): Drawing {
  const ordered = [...series].sort((a, b) => Number(a.emphasised ?? false) - Number(b.emphasised ?? false));
  const chart = plot({
    width: 560,
    height: 320,
    marginLeft: 54,
    marginRight: 20,
    marginTop: 24,
    marginBottom: 38,
    x: { domain: options.xRange, label: options.x, labelArrow: "none", labelAnchor: "center" },
    y: { label: options.y, labelArrow: "none", nice: true, zero: true },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      options.diagonal
        ? Plot.line(
            [options.xRange[0], options.xRange[1]].map((value) => [value, value]),
            { stroke: FAINT, strokeDasharray: "4 3" },
          )
        : null,
      ...ordered.map(({ points, colour, emphasised }) =>
        Plot.line(points, { stroke: colour, strokeWidth: emphasised ? 3.2 : 1.6 }),
      ),
    ],
  });
  const items = series.map(({ name, colour }) => ({ label: name, colour, mark: "line" as const }));
  return stacked([legend(items, FIGURE_WIDTH), chart]);
}
