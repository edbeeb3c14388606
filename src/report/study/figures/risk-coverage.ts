import { keptDetectors, SHIPPED_DETECTOR, type StudyResult } from "../../../study/protocol/study-result.js";
import type { Figure } from "../../figures/figure.js";
import { categoryColour } from "../../palette.js";
import { shownDetectors } from "../shown-detectors.js";
import { lineChart } from "./line-chart.js";

/** Curves shown: more could not be told apart. */
const MOST = 8;

export const riskCoverageFigure: Figure<StudyResult> = {
  name: "risk-coverage",
  label: "Risk-coverage curves",
  draw({ riskCoverage }) {
    const names = shownDetectors(riskCoverage.map(({ detector }) => detector));
    const sorted = riskCoverage
      .filter(({ detector }) => names.includes(detector))
      .sort((a, b) => a.aurc - b.aurc);
    const shown = sorted.filter(({ detector }, at) => at < MOST || keptDetectors.includes(detector));
    if (shown.length === 0) return undefined;
    return lineChart(
      shown.map(({ detector, aurc, points }, index) => ({
        name: `${detector} (${aurc.toFixed(3)})`,
        colour: categoryColour(index),
        points,
        emphasised: detector === SHIPPED_DETECTOR,
      })),
      { x: "Coverage: share of images kept", y: "Risk: mean of 1 − Dice", xRange: [0, 1] },
    );
  },
  caption: ({ riskCoverage }) =>
    `Mean of 1 − Dice over the images that a detector trusts most, for every share of images kept; ${riskCoverage[0]?.images ?? 0} held-out and corrupted images, joint networks. In brackets the area under the curve; the ${MOST} smallest are shown, the guard that ships (wide) and the detector of the method.`,
};
