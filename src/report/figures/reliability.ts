import * as Plot from "@observablehq/plot";
import { FAINT, GRID, SCALING_COLOURS } from "../palette.js";
import type { Region, Reliability } from "../report-data.js";
import { type Drawing, heading, plot, stacked, tiled } from "./drawing.js";
import { FIGURE_WIDTH, type Figure } from "./figure.js";
import { type LegendItem, legend } from "./legend.js";

/** What a region is called in figures. */
const REGION_NAMES: Record<Region, string> = {
  whole: "Whole image",
  box10mm: "Box around the organ (+ 10 mm)",
};

const SIDE = 360;
const MARGINS = { marginLeft: 50, marginRight: 16 };

interface Bin {
  readonly confidence: number;
  readonly frequency: number;
  readonly count: number;
  readonly scaling: "before" | "after";
}

export const reliabilityDiagram: Figure = {
  name: "reliability",
  label: "Reliability diagrams before and after temperature scaling",
  draw({ calibration }) {
    const panels = calibration.reliability.flatMap((entry) => {
      const bins = binsOf(entry);
      return bins.length > 0 ? [regionPanel(entry.region, bins)] : [];
    });
    if (panels.length === 0) return undefined;
    const scaled = calibration.reliability.some(({ after }) => after);
    const items: LegendItem[] = [
      {
        label: scaled ? "before temperature scaling" : "observed",
        colour: SCALING_COLOURS.before,
        mark: "dot",
      },
    ];
    if (scaled)
      items.push({ label: "after temperature scaling", colour: SCALING_COLOURS.after, mark: "dot" });
    items.push({ label: "perfect calibration", colour: FAINT, mark: "dashed" });
    return stacked([legend(items, FIGURE_WIDTH), tiled(panels, FIGURE_WIDTH, 40)]);
  },
  caption: ({ calibration }) =>
    "Of the voxels given a probability of foreground (across), the share that is foreground in the reference (up); points below the diagonal are over-confident. " +
    `Underneath, the number of voxels in each bin (logarithmic). Voxels of all test images pooled, so that large images weigh more than in the means of the table${
      calibration.temperature === null ? "" : `; temperature ${calibration.temperature.toFixed(3)}`
    }.`,
};

function binsOf({ before, after }: Reliability): Bin[] {
  return [
    ...before.map((bin) => ({ ...bin, scaling: "before" as const })),
    ...(after ?? []).map((bin) => ({ ...bin, scaling: "after" as const })),
  ].filter((bin): bin is Bin => bin.confidence !== null && bin.frequency !== null && bin.count > 0);
}

function regionPanel(region: Region, bins: readonly Bin[]): Drawing {
  const colour = ({ scaling }: Bin): string => SCALING_COLOURS[scaling];
  const probability = { domain: [0, 1], ticks: 5, tickFormat: (value: number) => String(value) };
  const diagram = plot({
    ...MARGINS,
    width: SIDE,
    height: SIDE - 26,
    marginTop: 20,
    marginBottom: 20,
    x: { ...probability, label: null },
    y: { ...probability, label: "Share that is foreground", labelArrow: "none" },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1, ticks: 5 }),
      Plot.gridY({ stroke: GRID, strokeOpacity: 1, ticks: 5 }),
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: FAINT, strokeDasharray: "4 3" },
      ),
      Plot.line(bins, {
        x: "confidence",
        y: "frequency",
        z: "scaling",
        stroke: colour,
        strokeWidth: 1.6,
        sort: "confidence",
      }),
      Plot.dot(bins, {
        x: "confidence",
        y: "frequency",
        r: 3.2,
        fill: colour,
        stroke: "#fff",
        strokeWidth: 0.8,
      }),
      Plot.frame({ stroke: FAINT, strokeOpacity: 0.6 }),
    ],
  });
  const most = Math.max(...bins.map(({ count }) => count));
  const least = Math.min(...bins.map(({ count }) => count));
  const floor = 10 ** Math.floor(Math.log10(least) - 0.3);
  const both = new Set(bins.map(({ scaling }) => scaling)).size > 1;
  const aside = ({ scaling }: Bin): number => (both ? (scaling === "before" ? -2.5 : 2.5) : 0);
  const counts = plot({
    ...MARGINS,
    width: SIDE,
    height: 110,
    marginTop: 18,
    marginBottom: 36,
    x: { ...probability, label: "Probability of foreground", labelArrow: "none", labelAnchor: "center" },
    y: {
      type: "log",
      domain: [floor, most * 1.2],
      label: "Voxels",
      labelArrow: "none",
      ticks: 3,
      tickFormat: (value: number) => shortCount(value),
    },
    marks: [
      Plot.gridY({ stroke: GRID, strokeOpacity: 1, ticks: 3 }),
      ...(["before", "after"] as const).map((scaling) => {
        const own = bins.filter((bin) => bin.scaling === scaling);
        return Plot.ruleX(own, {
          x: "confidence",
          y1: floor,
          y2: "count",
          stroke: SCALING_COLOURS[scaling],
          strokeWidth: both ? 4.5 : 9,
          dx: own[0] ? aside(own[0]) : 0,
        });
      }),
      Plot.frame({ anchor: "bottom", stroke: FAINT }),
    ],
  });
  return stacked([heading(REGION_NAMES[region], SIDE, MARGINS.marginLeft), diagram, counts], 2);
}

function shortCount(value: number): string {
  const power = Math.floor(Math.log10(value) + 1e-9);
  const units = ["", "k", "M", "G", "T"];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(power / 3)));
  return `${Number((value / 1000 ** unit).toPrecision(3))}${units[unit]}`;
}
