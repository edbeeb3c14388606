import { SHIPPED_DETECTOR, type StudyResult } from "../../../study/protocol/study-result.js";
import { drawMeasures } from "../../figures/detection.js";
import type { Figure } from "../../figures/figure.js";

export const measuresFigure: Figure<StudyResult> = {
  name: "measures",
  label: "OOD measure of every image by dataset, corruption and source, first joint network",
  draw({ scores }) {
    const joint = scores.filter(
      ({ network, detector }) => network.startsWith("joint") && detector === SHIPPED_DETECTOR,
    );
    const own = joint.filter(({ network }) => network === joint[0]?.network);
    if (own.length === 0) return undefined;
    return drawMeasures({
      threshold: null,
      scores: own.map(({ source, corruption, kind, score }) => ({
        source: kind === "near" ? (corruption ?? source) : source,
        kind,
        measure: score,
      })),
    });
  },
  caption: () =>
    "Measure of the guard that ships (signature, roughness and doubt) of every image through one joint network: held-out images by dataset, corrupted ones by corruption, far ones by source.",
};
