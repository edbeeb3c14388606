import type { StudyResult } from "../../../study/result/study-result.js";
import type { Figure } from "../../figures/figure.js";
import { shownDetectors } from "../shown-detectors.js";
import { heatTable } from "./heat-table.js";

export const corruptionFigure: Figure<StudyResult> = {
  name: "corruptions",
  label: "AUROC by corruption and detector",
  draw({ detection }) {
    const near = detection.filter(
      ({ network, kind, source, severity }) =>
        network === "joint" && kind === "near" && source !== null && severity !== null,
    );
    const detectors = shownDetectors(near.map(({ detector }) => detector));
    const cells = detectors.flatMap((detector) =>
      near
        .filter((row) => row.detector === detector)
        .map(({ source, severity, auroc }) => ({
          row: `${source} ${severity}`,
          column: detector,
          value: auroc,
        })),
    );
    return cells.length > 0 ? heatTable(cells) : undefined;
  },
  caption: () =>
    "AUROC for telling corrupted copies of held-out images from held-out images, joint network, by corruption and severity (1 to 3). 0.5 is chance.",
};
