import * as Plot from "@observablehq/plot";
import { keptDetectors, type StudyResult } from "../../../study/protocol/study-result.js";
import { plot, stacked } from "../../figures/drawing.js";
import { FIGURE_WIDTH, type Figure } from "../../figures/figure.js";
import { legend, textWidth } from "../../figures/legend.js";
import { FAINT, GRID, INK, KIND_COLOURS } from "../../palette.js";
import { shownDetectors } from "../shown-detectors.js";

export const detectorFigure: Figure<StudyResult> = {
  name: "detectors",
  label: "AUROC of every detector, far and near images, joint network",
  draw({ detection }) {
    const all = detection.filter(
      ({ network, source, auroc }) => network === "joint" && source === null && auroc !== null,
    );
    const of = (detector: string, kind: "near" | "far"): number | null =>
      all.find((row) => row.detector === detector && row.kind === kind)?.auroc ?? null;
    const names = shownDetectors(all.map(({ detector }) => detector)).sort(
      (a, b) => (of(b, "far") ?? 0) + (of(b, "near") ?? 0) - (of(a, "far") ?? 0) - (of(a, "near") ?? 0),
    );
    if (names.length === 0) return undefined;
    const dots = names.flatMap((name, y) =>
      (["far", "near"] as const).flatMap((kind) => {
        const value = of(name, kind);
        return value === null ? [] : [{ x: value, y, colour: KIND_COLOURS[kind], name }];
      }),
    );
    const chart = plot({
      width: FIGURE_WIDTH,
      height: names.length * 24 + 48,
      marginLeft: 20 + Math.max(...names.map((name) => textWidth(name))),
      marginRight: 20,
      marginTop: 4,
      marginBottom: 38,
      x: { domain: [Math.min(0.4, ...dots.map(({ x }) => x)), 1], label: "AUROC", labelArrow: "none" },
      y: { domain: [names.length - 0.5, -0.5], axis: null },
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
        Plot.ruleX([0.5], { stroke: FAINT, strokeDasharray: "4 3" }),
        Plot.axisY(
          names.map((_, index) => index),
          { tickFormat: (index: number) => names[index]!, tickSize: 0, label: null },
        ),
        Plot.ruleY(names, {
          y: (_: string, index: number) => index,
          x1: (name: string) => of(name, "near") ?? 0.5,
          x2: (name: string) => of(name, "far") ?? 0.5,
          stroke: GRID,
          strokeWidth: 2,
        }),
        Plot.dot(dots, {
          x: "x",
          y: "y",
          r: 5,
          fill: "colour",
          stroke: ({ name }: { name: string }) => (keptDetectors.includes(name) ? INK : "#fff"),
          strokeWidth: 1.4,
        }),
      ],
    });
    return stacked([
      legend(
        [
          { label: "far: other organs, modalities, species", colour: KIND_COLOURS.far, mark: "dot" },
          { label: "near: corrupted held-out images", colour: KIND_COLOURS.near, mark: "dot" },
        ],
        FIGURE_WIDTH,
      ),
      chart,
    ]);
  },
  caption: () =>
    "AUROC of every detector on the same images and the same joint network; the guard that ships and the detector of the method, both fixed beforehand, are ringed. 0.5 (dashed) is chance.",
};
