import type { DetectionRow, StudyResult } from "../../../study/protocol/study-result.js";
import type { Figure } from "../../figures/figure.js";
import { shownDetectors } from "../shown-detectors.js";
import { heatTable } from "./heat-table.js";

/** One number for each corruption and severity, through the joint networks, and each detector. */
function byCorruption(
  measure: "auroc" | "aboveOriginal",
  text: { name: string; label: string; caption: string },
): Figure<StudyResult> {
  return {
    name: text.name,
    label: text.label,
    caption: () => text.caption,
    draw({ detection }) {
      const near = detection.filter(
        ({ network, kind, source, severity }) =>
          network === "joint" && kind === "near" && source !== null && severity !== null,
      );
      const detectors = shownDetectors(near.map(({ detector }) => detector));
      const cell = (row: DetectionRow) => ({
        row: `${row.source} ${row.severity}`,
        column: row.detector,
        value: row[measure],
      });
      const cells = detectors.flatMap((detector) =>
        near.filter((row) => row.detector === detector).map(cell),
      );
      return cells.length > 0 ? heatTable(cells) : undefined;
    },
  };
}

export const corruptionFigure = byCorruption("auroc", {
  name: "corruptions",
  label: "AUROC by corruption and detector",
  caption:
    "AUROC for telling corrupted copies of held-out images from held-out images, joint networks, by corruption and severity (1 to 3). 0.5 is chance.",
});

export const corruptionShiftFigure = byCorruption("aboveOriginal", {
  name: "corruption-shifts",
  label: "Share of corrupted images that score higher than their original, by corruption and detector",
  caption:
    "Share of corrupted images that score higher than the image that they were made from: what a corruption does to a detector's score, apart from how much patients differ. 0.5 is chance.",
});
