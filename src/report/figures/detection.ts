import * as Plot from "@observablehq/plot";
import { FAINT, GRID, INK, KIND_COLOURS } from "../palette.js";
import type { OodData, OodScore } from "../report-data.js";
import { type Drawing, plot, shortened, stacked } from "./drawing.js";
import { FIGURE_WIDTH, type Figure } from "./figure.js";
import { type LegendItem, legend, textWidth } from "./legend.js";
import { swarm } from "./swarm.js";

const ROW = 36;
const DOT = 3;

/** What the kinds of images are called in figures and tables. */
export const KIND_NAMES: Record<OodScore["kind"], string> = {
  in: "like the training images",
  near: "near: corrupted",
  far: "far: another organ, modality or species",
};

export const measureDistributions: Figure = {
  name: "measures",
  label: "OOD measure of every image by source",
  draw: ({ ood }) => (ood && ood.scores.length > 0 ? drawMeasures(ood) : undefined),
  caption: ({ ood }) =>
    ood === undefined
      ? ""
      : `The detector's measure (${ood.detector}; no unit) of every image, one dot each.` +
        (ood.threshold === null ? "" : " Images to the right of the dashed line are called foreign."),
};

/** Measures of images by their source, in a row each. */
export function drawMeasures(
  ood: Pick<OodData, "threshold"> & { scores: readonly MeasuredImage[] },
): Drawing {
  const sources = sourcesOf(ood.scores);
  const values = ood.scores.map(({ measure }) => measure);
  const ends = [...values, ...(ood.threshold === null ? [] : [ood.threshold])];
  const scale = scaleFor(ends);
  const names = sources.map(({ source }) => shortened(source, 36));
  const marginLeft = Math.min(300, 16 + Math.max(...names.map((name) => textWidth(name))));
  const marginRight = 20;
  const pixels = (value: number): number => scale.share(value) * (FIGURE_WIDTH - marginLeft - marginRight);
  const dots = sources.flatMap(({ source, kind }, row) => {
    const own = ood.scores.filter((score) => score.source === source && score.kind === kind);
    const offsets = swarm(
      own.map(({ measure }) => pixels(measure)),
      2 * DOT,
      ROW * 0.42,
    );
    return own.map(({ measure }, at) => ({
      x: measure,
      y: row + offsets[at]! * 0.42,
      colour: KIND_COLOURS[kind],
    }));
  });
  const chart = plot({
    width: FIGURE_WIDTH,
    height: sources.length * ROW + 44,
    marginLeft,
    marginRight,
    marginTop: 6,
    marginBottom: 38,
    x: {
      type: scale.type,
      constant: scale.constant,
      label: scale.label,
      domain: [...scale.domain],
      labelArrow: "none",
    },
    y: { domain: [sources.length - 0.5, -0.5], axis: null },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
      Plot.axisY(
        sources.map((_, index) => index),
        { tickFormat: (index: number) => names[index]!, tickSize: 0, label: null },
      ),
      Plot.dot(dots, { x: "x", y: "y", r: DOT, fill: "colour", fillOpacity: 0.75 }),
      ood.threshold === null
        ? null
        : Plot.ruleX([ood.threshold], { stroke: INK, strokeWidth: 1.4, strokeDasharray: "5 3" }),
      Plot.ruleX([scale.domain[0]], { stroke: FAINT }),
    ],
  });
  return stacked([legend(legendItems(sources, ood.threshold), FIGURE_WIDTH), chart]);
}

/** Single images this many times further out than the median one would press all others together. */
const FAR_OUT = 6;

interface MeasureScale {
  readonly type: "linear" | "symlog";
  readonly constant?: number;
  readonly label: string;
  readonly domain: readonly [number, number];
  /** How far along the axis a value lies, 0 to 1. */
  readonly share: (value: number) => number;
}

/** Linear, or logarithmic away from 0 where single images lie far out (measures may be negative). */
function scaleFor(values: readonly number[]): MeasureScale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const usual = values.map(Math.abs).sort((a, b) => a - b)[values.length >> 1]!;
  const isFarOut = usual > 0 && Math.max(-low, high) > FAR_OUT * usual;
  const bend = (value: number): number =>
    isFarOut ? Math.sign(value) * Math.log1p(Math.abs(value / usual)) : value;
  const unbend = (value: number): number =>
    isFarOut ? Math.sign(value) * usual * Math.expm1(Math.abs(value)) : value;
  const room = (bend(high) - bend(low) || 1) * 0.03;
  const [from, to] = [bend(low) - room, bend(high) + room];
  return {
    type: isFarOut ? "symlog" : "linear",
    constant: usual,
    label: isFarOut ? "OOD measure (logarithmic away from 0)" : "OOD measure",
    domain: [unbend(from), unbend(to)],
    share: (value) => (bend(value) - from) / (to - from),
  };
}

type MeasuredImage = Pick<OodScore, "source" | "kind" | "measure">;

interface Source {
  readonly source: string;
  readonly kind: OodScore["kind"];
}

/** Sources in the order of kind, then of appearance. */
function sourcesOf(scores: readonly Source[]): Source[] {
  const seen = new Map(scores.map(({ source, kind }) => [JSON.stringify([kind, source]), { source, kind }]));
  return (["in", "near", "far"] as const).flatMap((kind) =>
    [...seen.values()].filter((entry) => entry.kind === kind),
  );
}

function legendItems(sources: readonly Source[], threshold: number | null): LegendItem[] {
  const kinds = [...new Set(sources.map(({ kind }) => kind))];
  const items: LegendItem[] = kinds.map((kind) => ({
    label: KIND_NAMES[kind],
    colour: KIND_COLOURS[kind],
    mark: "dot",
  }));
  if (threshold !== null) items.push({ label: "threshold", colour: INK, mark: "dashed" });
  return items;
}
