import * as Plot from "@observablehq/plot";
import {
  type CaseRow,
  type StudyResult,
  type SummaryRow,
  strategies,
} from "../../../study/protocol/study-result.js";
import { measureOf } from "../../../study/results/summarise.js";
import { plot, shortened, stacked } from "../../figures/drawing.js";
import { FIGURE_WIDTH, type Figure } from "../../figures/figure.js";
import { legend, textWidth } from "../../figures/legend.js";
import { FAINT, GRID } from "../../palette.js";
import { STRATEGY_COLOURS, STRATEGY_NAMES } from "./strategy-colours.js";

const LINE = 15;

/** Mean and interval of one measure for each dataset and strategy, with every volume as a dot. */
export function byStrategy(
  measure: SummaryRow["measure"],
  axis: string,
  range: [number, number] | undefined,
  text: { name: string; label: string; caption: string },
): Figure<StudyResult> {
  return {
    name: text.name,
    label: text.label,
    caption: () => text.caption,
    draw({ summaries, cases }) {
      const own = summaries.filter((row) => row.measure === measure);
      if (own.length === 0) return undefined;
      const datasets = [...new Set(own.map(({ dataset }) => dataset))];
      const shown = strategies.filter((strategy) => own.some((row) => row.strategy === strategy));
      const step = shown.length + 1;
      const place = (dataset: string, strategy: SummaryRow["strategy"]): number =>
        datasets.indexOf(dataset) * step + shown.indexOf(strategy);
      const dots = cases.flatMap((row: CaseRow) => {
        const value = measureOf(row, measure);
        return value === null
          ? []
          : [{ x: value, y: place(row.dataset, row.strategy), colour: STRATEGY_COLOURS[row.strategy] }];
      });
      const bars = own.map((row) => ({
        ...row,
        y: place(row.dataset, row.strategy),
        colour: STRATEGY_COLOURS[row.strategy],
      }));
      const names = datasets.map((name) => shortened(name, 30));
      const highest = Math.max(...dots.map(({ x }) => x), ...own.map(({ high, mean }) => high ?? mean));
      const chart = plot({
        width: FIGURE_WIDTH,
        height: datasets.length * step * LINE + 50,
        marginLeft: 16 + Math.max(...names.map((name) => textWidth(name))),
        marginRight: 20,
        marginTop: 4,
        marginBottom: 38,
        x: { label: axis, domain: range ?? [0, highest * 1.03], labelArrow: "none" },
        y: { domain: [datasets.length * step - 1, -1], axis: null },
        marks: [
          Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
          Plot.axisY(
            datasets.map((_, index) => index * step + (shown.length - 1) / 2),
            {
              tickFormat: (at: number) => names[Math.round((at - (shown.length - 1) / 2) / step)]!,
              tickSize: 0,
              label: null,
            },
          ),
          Plot.dot(dots, { x: "x", y: "y", r: 1.8, fill: "colour", fillOpacity: 0.4 }),
          Plot.ruleY(bars, { x1: "low", x2: "high", y: "y", stroke: "colour", strokeWidth: 2.4 }),
          Plot.dot(bars, { x: "mean", y: "y", r: 4, fill: "colour", stroke: "#fff" }),
          Plot.ruleX([range?.[0] ?? 0], { stroke: FAINT }),
        ],
      });
      const items = shown.map((strategy) => ({
        label: STRATEGY_NAMES[strategy],
        colour: STRATEGY_COLOURS[strategy],
        mark: "line" as const,
      }));
      return stacked([legend(items, FIGURE_WIDTH), chart]);
    },
  };
}

export const diceByStrategy = byStrategy("dice", "Dice", [0, 1], {
  name: "dice",
  label: "Dice by dataset and strategy",
  caption:
    "Dice of held-out volumes (small dots: every volume and seed), with mean and 95 % bootstrap interval over volumes. 1 is perfect.",
});

export const eceByStrategy = byStrategy("ece", "Expected calibration error", undefined, {
  name: "ece",
  label: "Expected calibration error by dataset and strategy",
  caption:
    "Expected calibration error of each volume near the organ, before temperature scaling (small dots: every volume and seed), with mean and 95 % bootstrap interval over volumes. 0 is perfect.",
});

export const scaledEceByStrategy = byStrategy(
  "eceScaled",
  "Expected calibration error after scaling",
  undefined,
  {
    name: "ece-scaled",
    label: "Expected calibration error after temperature scaling by dataset and strategy",
    caption: "The same after temperature scaling, the temperature fitted on validation volumes.",
  },
);
