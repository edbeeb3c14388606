import { SHIPPED_DETECTOR, type StudyResult } from "../../../study/protocol/study-result.js";
import { isJudged, kindOfNetwork } from "../../../study/results/summarise.js";
import type { Figure } from "../../figures/figure.js";
import { lineChart } from "./line-chart.js";
import { NETWORK_COLOURS } from "./strategy-colours.js";

const MOST_ALPHA = 0.5;

export const falseAlarmFigure: Figure<StudyResult> = {
  name: "false-alarms",
  label: "Achieved against promised false-alarm rate",
  draw({ scores }) {
    const inside = scores
      .filter(({ kind, detector }) => kind === "in" && detector === SHIPPED_DETECTOR)
      .filter(isJudged);
    const kinds = (["joint", "dedicated", "leave-out"] as const).filter((kind) =>
      inside.some(({ network }) => kindOfNetwork(network) === kind),
    );
    if (kinds.length === 0) return undefined;
    return lineChart(
      kinds.map((kind) => {
        const own = inside.filter(({ network }) => kindOfNetwork(network) === kind);
        const points = Array.from({ length: 51 }, (_, at): [number, number] => {
          const alpha = (MOST_ALPHA * at) / 50;
          return [alpha, own.filter(({ pValue }) => pValue <= alpha).length / own.length];
        });
        return { name: `${kind} (${own.length} images)`, colour: NETWORK_COLOURS[kind], points };
      }),
      {
        x: "Promised: at most",
        y: "Achieved",
        xRange: [0, MOST_ALPHA],
        diagonal: true,
      },
    );
  },
  caption: () =>
    "Share of held-out images that the guard that ships refuses, against the rate that its threshold promises as a maximum (dashed: equal), by kind of network.",
};
