/** The run as a picture: what was sent and done, how fast `/health` answered, and memory; grey where Redis was away. */
import * as Plot from "@observablehq/plot";
import { heading, plot, stacked, standalone } from "../../dist/report/figures/drawing.js";
import { legend } from "../../dist/report/figures/legend.js";
import { categoryColour, FAINT, GRID } from "../../dist/report/palette.js";

const WIDTH = 840;

export function pictureOf(series) {
  const { perSecond, healthMilliseconds, memory } = series;
  const panels = [
    panel(series, "Answers to scans sent, and jobs done, a second", {
      lines: {
        "202 accepted": perSecond[202],
        "429 queue full": perSecond[429],
        "503 Redis away": perSecond[503],
        done: perSecond.done,
      },
      y: { label: "a second", zero: true },
    }),
    panel(series, "Time to answer /health (line at 50 ms)", {
      lines: {
        median: healthMilliseconds.median,
        "99th percentile": healthMilliseconds.p99,
        largest: healthMilliseconds.largest,
      },
      y: { label: "milliseconds", type: "log", tickFormat: String },
      limit: 50,
    }),
    panel(series, "Resident memory", { lines: memory, y: { label: "MiB", zero: true } }),
  ];
  return standalone(
    stacked(panels, 14),
    "A server under load: answers, time to answer /health, and memory over the run.",
  );
}

function panel({ seconds, away }, title, { lines, y, limit }) {
  const items = Object.keys(lines).map((label, index) => ({
    label,
    colour: categoryColour(index),
    mark: "line",
  }));
  const points = (values) =>
    values.flatMap((value, index) => (!Number.isFinite(value) ? [] : [[(index * seconds) / 60, value]]));
  const chart = plot({
    width: WIDTH,
    height: 220,
    marginLeft: 54,
    marginRight: 20,
    marginTop: 20,
    marginBottom: 36,
    x: { label: "minutes", labelArrow: "none", labelAnchor: "center" },
    y: { labelArrow: "none", nice: true, ...y },
    marks: [
      Plot.rectX(away, { x1: (span) => span.from / 60, x2: (span) => span.to / 60, fill: "#d0d4d9" }),
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      limit === undefined ? null : Plot.ruleY([limit], { stroke: FAINT, strokeDasharray: "4 3" }),
      ...Object.values(lines).map((values, index) =>
        Plot.line(points(values), { stroke: categoryColour(index), strokeWidth: 1.6 }),
      ),
    ],
  });
  return stacked([heading(title, WIDTH), legend(items, WIDTH), chart], 2);
}
