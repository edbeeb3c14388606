import { figureHtml } from "../figure-html.js";
import { reliabilityDiagram } from "../figures/reliability.js";
import { fixed } from "../format.js";
import { html } from "../html.js";
import type { CalibrationRow } from "../report-data.js";
import { table } from "../table.js";
import type { Section } from "./section.js";

const SHORT_REGIONS = { whole: "whole image", box10mm: "organ + 10 mm" } as const;

type Measure = keyof CalibrationRow["before"];

const measures: readonly [Measure, string][] = [
  ["ece", "ECE"],
  ["adaptiveEce", "aECE"],
  ["mce", "MCE"],
  ["brier", "Brier"],
  ["nll", "NLL"],
];

export const calibration: Section = {
  name: "calibration",
  title: "Calibration",
  render(data) {
    if (data.calibration.rows.length === 0) return undefined;
    const scaled = data.calibration.rows.some(({ after }) => after);
    const columns = measures.map(([measure, head]) => ({
      head,
      cell: ({ before, after }: CalibrationRow) =>
        after ? `${fixed(before[measure], 3)} → ${fixed(after[measure], 3)}` : fixed(before[measure], 3),
    }));
    return html`<p>Errors of the voxel probabilities of each held-out volume, as a mean over the volumes of a dataset${
      scaled && ", before → after temperature scaling fitted on validation volumes"
    }; 0 is perfect. ECE: expected calibration error, aECE: with bins of equal mass, MCE: maximum error of a bin, NLL: negative log-likelihood in nats a voxel. Whole image, or the reference's bounding box widened by 10 mm.</p>
${table(data.calibration.rows, [
  { head: "Dataset", cell: ({ dataset }) => dataset, numeric: false },
  { head: "Region", cell: ({ region }) => SHORT_REGIONS[region], numeric: false },
  ...columns,
])}
${figureHtml(reliabilityDiagram, data)}`;
  },
};
