import * as Plot from "@observablehq/plot";
import { FAINT, GRID, INK } from "../palette.js";
import type { ReportData } from "../report-data.js";
import { datasetColours } from "./dataset-colours.js";
import { type Drawing, plot, shortened, stacked } from "./drawing.js";
import { FIGURE_WIDTH, type Figure } from "./figure.js";
import { legend, textWidth } from "./legend.js";
import { swarm } from "./swarm.js";

type Metric = "dice" | "hd95";

const ROW = 34;
const DOT = 2.6;

export const diceByDataset: Figure = {
  name: "dice",
  label: "Dice of every test case by dataset",
  draw: (data) => metricByDataset(data, "dice", "Dice", [0, 1]),
  caption: () =>
    "Dice overlap of every test case (dots, 1 is perfect), with the mean and its 95 % interval (black) for each dataset and organ.",
};

export const hd95ByDataset: Figure = {
  name: "hd95",
  label: "95th-percentile Hausdorff distance of every test case by dataset",
  draw: (data) => metricByDataset(data, "hd95", "HD95 (mm)", undefined),
  caption({ accuracy }) {
    const undefinedCases = accuracy.cases.filter(({ hd95 }) => hd95 === null).length;
    const missing =
      undefinedCases > 0
        ? ` Not shown: ${undefinedCases} with an empty prediction or reference, which have no surface.`
        : "";
    return `95th-percentile Hausdorff distance in mm of every test case (dots, 0 is perfect), with the mean and its 95 % interval (black).${missing}`;
  },
};

interface Row {
  readonly dataset: string;
  readonly organ: string;
}

function metricByDataset(
  data: ReportData,
  metric: Metric,
  axis: string,
  range: [number, number] | undefined,
): Drawing | undefined {
  const { cases, summaries } = data.accuracy;
  const rows = rowsOf([...summaries, ...cases]);
  const values = cases.flatMap((row) => (row[metric] === null ? [] : [{ ...row, value: row[metric] }]));
  const means = summaries.flatMap((row) => (row[metric] ? [{ ...row, ...row[metric] }] : []));
  if (values.length + means.length === 0) return undefined;

  const colours = datasetColours(data);
  const severalOrgans = new Set(rows.map(({ organ }) => organ)).size > 1;
  const names = rows.map(({ dataset, organ }) =>
    severalOrgans ? `${shortened(dataset, 24)} · ${shortened(organ, 18)}` : shortened(dataset, 34),
  );
  const rowOf = ({ dataset, organ }: Row): number =>
    rows.findIndex((row) => row.dataset === dataset && row.organ === organ);
  const domain = range ?? [
    0,
    Math.max(1e-6, ...values.map(({ value }) => value), ...means.map(({ high, mean }) => high ?? mean)) *
      1.03,
  ];

  const marginLeft = Math.min(300, 16 + Math.max(...names.map((name) => textWidth(name))));
  const marginRight = 20;
  const pixels = (value: number): number =>
    ((value - domain[0]!) / (domain[1]! - domain[0]!)) * (FIGURE_WIDTH - marginLeft - marginRight);
  const dots = rows.flatMap((row, index) => {
    const own = values.filter((value) => rowOf(value) === index);
    const offsets = swarm(
      own.map(({ value }) => pixels(value)),
      2 * DOT,
      ROW * 0.42,
    );
    return own.map(({ value }, at) => ({
      x: value,
      y: index + offsets[at]! * 0.42,
      colour: colours.get(row.dataset)!,
    }));
  });
  const bars = means.map((row) => ({ ...row, y: rowOf(row) }));

  const chart = plot({
    width: FIGURE_WIDTH,
    height: rows.length * ROW + 44,
    marginLeft,
    marginRight,
    marginTop: 6,
    marginBottom: 38,
    x: { label: axis, domain, labelArrow: "none" },
    y: { domain: [rows.length - 0.5, -0.5], axis: null },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
      Plot.axisY(
        rows.map((_, index) => index),
        { tickFormat: (index: number) => names[index]!, tickSize: 0, label: null },
      ),
      Plot.dot(dots, { x: "x", y: "y", r: DOT, fill: "colour", fillOpacity: 0.65 }),
      Plot.ruleY(bars, { x1: "low", x2: "high", y: "y", stroke: INK, strokeWidth: 2 }),
      Plot.dot(bars, {
        x: "mean",
        y: "y",
        r: 4.5,
        fill: INK,
        stroke: "#fff",
        strokeWidth: 1.2,
        symbol: "diamond",
      }),
      Plot.ruleX([domain[0]], { stroke: FAINT }),
    ],
  });
  return stacked([
    legend(
      [
        { label: "test case", colour: FAINT, mark: "dot" },
        { label: "mean and 95 % interval", colour: INK, mark: "line" },
      ],
      FIGURE_WIDTH,
    ),
    chart,
  ]);
}

function rowsOf(entries: readonly Row[]): Row[] {
  const seen = new Map<string, Row>();
  for (const { dataset, organ } of entries) seen.set(JSON.stringify([dataset, organ]), { dataset, organ });
  return [...seen.values()];
}
