import * as Plot from "@observablehq/plot";
import { FAINT, GRID, INK } from "../palette.js";
import type { CurvePoint, ReportData } from "../report-data.js";
import { datasetColours } from "./dataset-colours.js";
import { type Drawing, plot, stacked } from "./drawing.js";
import { FIGURE_WIDTH, type Figure } from "./figure.js";
import { legend } from "./legend.js";

/** More points than this are averaged in groups: a line cannot show more. */
const MOST_POINTS = 400;

const LOSS_COLOURS = { training: "#8b949e", validation: INK } as const;

interface Point {
  readonly step: number;
  readonly value: number;
  readonly series: string;
}

export const trainingCurves: Figure = {
  name: "training-curves",
  label: "Training curves",
  draw(data) {
    const { curves } = data;
    const steps = curves.map(({ step }) => step);
    const training = series(curves, "training", ({ trainLoss }) => trainLoss);
    const validation = series(curves, "validation", ({ validationLoss }) => validationLoss);
    const names = validationNames(data);
    const dice = names.flatMap((name) =>
      series(curves, name, ({ validationDice }) => validationDice?.[name]),
    );
    const rates = series(curves, "learning rate", ({ learningRate }) => learningRate);
    const losses = [...averaged(training), ...validation];
    const x = { domain: [Math.min(...steps), Math.max(...steps)] };
    const panels: Drawing[] = [];
    if (losses.length > 0) {
      const present = (["training", "validation"] as const).filter((name) =>
        losses.some((point) => point.series === name),
      );
      panels.push(
        legend(
          present.map((name) => ({
            label: `${name} loss`,
            colour: LOSS_COLOURS[name],
            mark: "line" as const,
          })),
          FIGURE_WIDTH,
        ),
        panel(losses, new Map(Object.entries(LOSS_COLOURS)), x, { height: 200, y: { label: "Loss" } }),
      );
    }
    if (dice.length > 0) {
      const colours = datasetColours(data);
      panels.push(
        legend(
          names.map((name) => ({ label: name, colour: colours.get(name)!, mark: "line" as const })),
          FIGURE_WIDTH,
        ),
        panel(dice, colours, x, { height: 220, y: { label: "Validation Dice", domain: [0, 1] } }),
      );
    }
    const positive = averaged(rates).filter(({ value }) => value > 0);
    if (positive.length > 0 && new Set(positive.map(({ value }) => value)).size > 1) {
      panels.push(
        panel(positive, new Map([["learning rate", FAINT]]), x, {
          height: 110,
          y: {
            label: "Learning rate",
            type: "log",
            ticks: 3,
            tickFormat: (value: number) => value.toExponential(0),
          },
        }),
      );
    }
    return panels.length > 0 ? stacked(panels) : undefined;
  },
  caption({ curves }) {
    const count = curves.filter(({ trainLoss }) => trainLoss !== undefined).length;
    const group = Math.ceil(count / MOST_POINTS);
    const smoothing = group > 1 ? ` Each point of the training loss is the mean of ${group} records.` : "";
    return `Loss and mean Dice of the validation cases over the course of training, in updates.${smoothing}`;
  },
};

function validationNames({ curves }: ReportData): string[] {
  return [...new Set(curves.flatMap(({ validationDice }) => Object.keys(validationDice ?? {})))];
}

function series(
  curves: readonly CurvePoint[],
  name: string,
  read: (point: CurvePoint) => number | undefined,
): Point[] {
  return curves
    .flatMap((point) => {
      const value = read(point);
      return value === undefined ? [] : [{ step: point.step, value, series: name }];
    })
    .sort((a, b) => a.step - b.step);
}

function averaged(points: readonly Point[]): Point[] {
  const group = Math.ceil(points.length / MOST_POINTS);
  if (group <= 1) return [...points];
  const means: Point[] = [];
  for (let at = 0; at < points.length; at += group) {
    const part = points.slice(at, at + group);
    const mean = (read: (point: Point) => number): number =>
      part.reduce((sum, point) => sum + read(point), 0) / part.length;
    means.push({
      step: mean(({ step }) => step),
      value: mean(({ value }) => value),
      series: part[0]!.series,
    });
  }
  return means;
}

function panel(
  points: readonly Point[],
  colours: ReadonlyMap<string, string>,
  x: Plot.ScaleOptions,
  { height, y }: { readonly height: number; readonly y: Plot.ScaleOptions },
): Drawing {
  const names = [...new Set(points.map((point) => point.series))];
  const few = points.length / names.length <= 60;
  const common = { x: "step", y: "value", z: "series", stroke: (point: Point) => colours.get(point.series)! };
  return plot({
    width: FIGURE_WIDTH,
    height,
    marginLeft: 54,
    marginRight: 16,
    marginTop: 22,
    marginBottom: 34,
    x: { ...x, label: "Update", nice: false },
    y: { labelArrow: "none", ...y },
    marks: [
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      Plot.line(points, {
        ...common,
        strokeWidth: (point: Point) => (point.series === "training" ? 1.2 : 1.8),
      }),
      Plot.dot(few ? points.filter((point) => point.series !== "training") : [], {
        ...common,
        fill: "#fff",
        r: 2.2,
        strokeWidth: 1.4,
      }),
      Plot.ruleX([(x.domain as number[])[0]!], { stroke: FAINT }),
    ],
  });
}
