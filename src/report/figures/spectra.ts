import * as Plot from "@observablehq/plot";
import { groupBy } from "../../base/index.js";
import { FAINT, GRID, INK } from "../palette.js";
import type { ReportData, SignatureRow } from "../report-data.js";
import { datasetColours } from "./dataset-colours.js";
import { type Drawing, heading, plot, sheet, stacked, tiled } from "./drawing.js";
import { FIGURE_WIDTH, type Figure } from "./figure.js";
import { type LegendItem, legend } from "./legend.js";

/** Lines drawn for one dataset or for the foreign images in one layer: more would be a solid patch and a heavy file. */
const MOST_LINES = 30;
/** Layers drawn; the figure says when there are more. */
const MOST_LAYERS = 6;

const WIDTH = 412;
const FOREIGN = Symbol("foreign");

interface Line {
  readonly index: number;
  readonly value: number;
  readonly deviation: number;
  readonly line: number;
  readonly colour: string;
}

export const signatureFigure: Figure = {
  name: "signatures",
  label: "Spectral signatures by layer",
  draw(data) {
    const layers = layersOf(data).slice(0, MOST_LAYERS);
    if (layers.length === 0) return undefined;
    const colours = datasetColours(data);
    const shown = data.signatures.filter(({ layer }) => layers.includes(layer));
    const known = [...new Set(shown.filter(isKnown).map(({ dataset }) => dataset))];
    const items: LegendItem[] = known.map((name) => ({
      label: name,
      colour: colours.get(name)!,
      mark: "line",
    }));
    if (shown.some((row) => !isKnown(row))) items.push({ label: "foreign", colour: INK, mark: "dashed" });
    const panels = layers.map((layer) =>
      layerPanel(
        layer,
        shown.filter((row) => row.layer === layer),
        colours,
      ),
    );
    return stacked([legend(items, FIGURE_WIDTH), tiled(panels, FIGURE_WIDTH, 16)]);
  },
  caption(data) {
    const layers = layersOf(data);
    const more = layers.length > MOST_LAYERS ? ` The first ${MOST_LAYERS} of ${layers.length} layers.` : "";
    const groups = groupBy(data.signatures, (row) => JSON.stringify([row.layer, groupOf(row)]));
    const thinned = [...groups.values()].some((rows) => rows.length > MOST_LINES)
      ? ` At most ${MOST_LINES} images of each dataset are drawn.`
      : "";
    return (
      "Spectral signature of every image, one thin line each: the logarithm of the singular values of a layer's features, largest first, divided by their norm (above), and its difference from the mean over training images (below). No units." +
      more +
      thinned
    );
  },
};

function isKnown({ role }: SignatureRow): boolean {
  return role !== "foreign";
}

function groupOf(row: SignatureRow): string {
  return isKnown(row) ? row.dataset : FOREIGN.toString();
}

function layersOf({ signatures }: ReportData): string[] {
  return [...new Set(signatures.map(({ layer }) => layer))];
}

function layerPanel(
  layer: string,
  rows: readonly SignatureRow[],
  colours: ReadonlyMap<string, string>,
): Drawing {
  const length = Math.max(...rows.map(({ values }) => values.length));
  const mean = meanOf(rows, length);
  const drawn = [...groupBy(rows, groupOf).values()].flatMap((group) => evenly(group, MOST_LINES));
  const linesOf = (wanted: (row: SignatureRow) => boolean): Line[] =>
    drawn.flatMap((row, line) =>
      wanted(row)
        ? row.values.map((value, at) => ({
            index: at + 1,
            value,
            deviation: value - mean[at]!,
            line,
            colour: colours.get(row.dataset) ?? INK,
          }))
        : [],
    );
  const known = linesOf(isKnown);
  const foreign = linesOf((row) => !isKnown(row));
  const chart = (y: "value" | "deviation", label: string, axis: "with axis" | "without axis"): Drawing =>
    plot({
      width: WIDTH,
      height: 190,
      marginLeft: 48,
      marginRight: 10,
      marginTop: 20,
      marginBottom: axis === "with axis" ? 34 : 8,
      x: {
        domain: [1, Math.max(2, length)],
        label: axis === "with axis" ? "Index of the singular value" : null,
        ticks: axis === "with axis" ? 6 : [],
      },
      y: { label, labelArrow: "none", ticks: 4 },
      marks: [
        Plot.gridY({ stroke: GRID, strokeOpacity: 1, ticks: 4 }),
        y === "deviation" ? Plot.ruleY([0], { stroke: FAINT }) : null,
        Plot.line(known, {
          x: "index",
          y,
          z: "line",
          stroke: "colour",
          strokeWidth: 0.8,
          strokeOpacity: 0.7,
        }),
        Plot.line(foreign, {
          x: "index",
          y,
          z: "line",
          stroke: INK,
          strokeWidth: 0.9,
          strokeDasharray: "4 2.5",
          strokeOpacity: 0.8,
        }),
      ],
    });
  const panel = stacked(
    [
      heading(layer, WIDTH, 48),
      chart("value", "Signature", "without axis"),
      chart("deviation", "Difference from training mean", "with axis"),
    ],
    0,
  );
  return sheet([{ drawing: panel, x: 0, y: 4 }], panel.width, panel.height + 8);
}

/** Mean over training images; over all known ones where none is marked as training, over everything as a last resort. */
function meanOf(rows: readonly SignatureRow[], length: number): number[] {
  const training = rows.filter(({ role }) => role === "train");
  const known = rows.filter(isKnown);
  const chosen = training.length > 0 ? training : known.length > 0 ? known : rows;
  return Array.from({ length }, (_, at) => {
    const values = chosen.flatMap(({ values }) => (at < values.length ? [values[at]!] : []));
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
  });
}

function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]!);
}
