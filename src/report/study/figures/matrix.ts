import type { StudyResult } from "../../../study/protocol/study-result.js";
import type { Figure } from "../../figures/figure.js";
import { heatTable } from "./heat-table.js";

export const matrixFigure: Figure<StudyResult> = {
  name: "matrix",
  label: "AUROC of dedicated networks by dataset of training and dataset of the foreign images",
  draw({ matrix: { datasets, auroc } }) {
    const cells = datasets.flatMap((row, r) =>
      datasets.map((column, c) => ({ row, column, value: auroc[r]?.[c] ?? null })),
    );
    return cells.some(({ value }) => value !== null) ? heatTable(cells) : undefined;
  },
  caption: ({ matrix }) =>
    `AUROC of the ${matrix.detector} of each dedicated network (row) for telling images of another dataset (column) from its own held-out ones. 0.5 is chance.`,
};
