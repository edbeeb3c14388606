import { groupBy } from "../../../base/index.js";
import { heading, shortened, stacked, tiled } from "../../figures/drawing.js";
import { FIGURE_WIDTH, type Figure } from "../../figures/figure.js";
import { legend } from "../../figures/legend.js";
import { PREDICTION_COLOUR, REFERENCE_COLOUR } from "../../palette.js";
import { drawSlice } from "../../picture/slice-drawing.js";
import type { StudyReport } from "../study-report.js";

const GAP = 10;
/** Six beside each other: entropy and mutual information of three sources. */
const SIDE = (FIGURE_WIDTH - 5 * GAP) / 6;

export const mapsFigure: Figure<StudyReport> = {
  name: "maps",
  label: "Maps of entropy and mutual information of one held-out volume of each dataset",
  draw({ maps }) {
    if (maps.length === 0) return undefined;
    const items = [
      { label: "reference", colour: REFERENCE_COLOUR, mark: "line" as const },
      { label: "prediction", colour: PREDICTION_COLOUR, mark: "line" as const },
    ];
    const byCase = groupBy(maps, (slice) => `${slice.dataset}, ${slice.case}`);
    return stacked([
      legend(items, FIGURE_WIDTH),
      ...[...byCase].flatMap(([name, slices]) => [
        heading(shortened(name, 80), FIGURE_WIDTH),
        tiled(
          slices.map((slice) => drawSlice(slice, SIDE)),
          FIGURE_WIDTH,
          GAP,
        ),
      ]),
    ]);
  },
  caption: () =>
    "Entropy of the mean prediction (white: 0.69 nats, as unsure as can be) and mutual information (white: 0.35 nats) from passes with dropout, the ensemble, and flipped copies, joint network. The whole volumes lie in the study's folder `maps`.",
};
