import { groupBy } from "../../base/index.js";
import { figureHtml } from "../figure-html.js";
import { reliabilityDiagram } from "../figures/reliability.js";
import { fixed } from "../format.js";
import { html } from "../html.js";
import type { CalibrationRow, TemperatureRow } from "../report-data.js";
import { table } from "../table.js";
import type { Section } from "./section.js";

const SHORT_REGIONS = { whole: "whole image", box10mm: "organ + 10 mm" } as const;

type Measure = keyof CalibrationRow["before"];

const measures: readonly [Measure, string][] = [
  ["ece", "ECE"],
  ["adaptiveEce", "aECE"],
  ["ace", "ACE"],
  ["mce", "MCE"],
  ["brier", "Brier"],
  ["nll", "NLL"],
];

const defined = (value: number | undefined): string => (value === undefined ? "-" : fixed(value, 3));

const HEADS = {
  none: "none",
  pooled: "one for all",
  signature: "by signature",
  dataset: "told the dataset",
} as const;

/** ECE and ACE near the organ under each temperature, a row a dataset. */
function temperaturesTable(rows: readonly TemperatureRow[]) {
  if (rows.length === 0) return undefined;
  const kinds = Object.keys(HEADS) as (keyof typeof HEADS)[];
  const datasets = [...groupBy(rows, ({ dataset }) => dataset)].map(([dataset, own]) => ({ dataset, own }));
  return html`<p>Temperatures against each other, near the organ: ECE / ACE. One temperature for all images, one that depends on the image's signature, and one for each dataset, which only those can use who are told the dataset.</p>
${table(datasets, [
  { head: "Dataset", cell: ({ dataset }) => dataset, numeric: false },
  ...kinds.map((kind) => ({
    head: HEADS[kind],
    cell: ({ own }: (typeof datasets)[number]) => {
      const row = own.find(({ temperature }) => temperature === kind);
      return `${defined(row?.ece)} / ${defined(row?.ace)}`;
    },
  })),
])}`;
}

export const calibration: Section = {
  name: "calibration",
  title: "Calibration",
  render(data) {
    if (data.calibration.rows.length === 0) return undefined;
    const scaled = data.calibration.rows.some(({ after }) => after);
    const columns = measures.map(([measure, head]) => ({
      head,
      cell: ({ before, after }: CalibrationRow) =>
        after ? `${defined(before[measure])} → ${defined(after[measure])}` : defined(before[measure]),
    }));
    const simulated = data.calibration.rows.some(({ expected }) => expected);
    return html`<p>Errors of the voxel probabilities of each held-out volume, as a mean over the volumes of a dataset${
      scaled && ", before → after temperature scaling fitted on validation volumes"
    }; 0 is perfect. ECE: expected calibration error, aECE: with bins of equal mass, ACE: each bin counting the same, MCE: maximum error of a bin, NLL: negative log-likelihood in nats a voxel. Whole image, or the reference's bounding box widened by 10 mm.${
      simulated &&
      " By chance: the ECE that a perfectly calibrated network of these probabilities would show in volumes of this size, by simulation with voxels drawn one by one; the error of a small organ cannot fall below it."
    }</p>
${table(data.calibration.rows, [
  { head: "Dataset", cell: ({ dataset }) => dataset, numeric: false },
  { head: "Region", cell: ({ region }) => SHORT_REGIONS[region], numeric: false },
  ...columns,
  ...(simulated
    ? [{ head: "ECE by chance", cell: ({ expected }: CalibrationRow) => defined(expected?.ece) }]
    : []),
])}
${temperaturesTable(data.calibration.temperatures)}
${figureHtml(reliabilityDiagram, data)}`;
  },
};
