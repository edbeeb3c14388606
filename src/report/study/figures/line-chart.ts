import * as Plot from "@observablehq/plot";
import { type Drawing, plot, stacked } from "../../figures/drawing.js";
import { FIGURE_WIDTH } from "../../figures/figure.js";
import { legend } from "../../figures/legend.js";
import { FAINT, GRID } from "../../palette.js";

export interface LineSeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Curves over [0, 1]; `diagonal` draws what is promised. */
export function lineChart(
  series: readonly LineSeries[],
  options: { x: string; y: string; xRange: [number, number]; yRange?: [number, number]; diagonal?: boolean },
): Drawing {
  const points = series.flatMap(({ name, colour, points: own }) =>
    own.map(([x, y]) => ({ x, y, name, colour })),
  );
  const colours = new Map(series.map(({ name, colour }) => [name, colour]));
  const chart = plot({
    width: 560,
    height: 320,
    marginLeft: 54,
    marginRight: 20,
    marginTop: 24,
    marginBottom: 38,
    x: { domain: options.xRange, label: options.x, labelArrow: "none", labelAnchor: "center" },
    y: { domain: options.yRange, label: options.y, labelArrow: "none", nice: true, zero: true },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      options.diagonal
        ? Plot.line(
            [options.xRange[0], options.xRange[1]].map((value) => [value, value]),
            { stroke: FAINT, strokeDasharray: "4 3" },
          )
        : null,
      Plot.line(points, {
        x: "x",
        y: "y",
        z: "name",
        stroke: ({ name }: { name: string }) => colours.get(name)!,
        strokeWidth: 1.8,
      }),
    ],
  });
  const items = series.map(({ name, colour }) => ({ label: name, colour, mark: "line" as const }));
  return stacked([legend(items, FIGURE_WIDTH), chart]);
}
