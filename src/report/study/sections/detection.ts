import type { DetectionRow, StudyResult, ThresholdRow } from "../../../study/protocol/study-result.js";
import { figureHtml } from "../../figure-html.js";
import { fixed, percent } from "../../format.js";
import { type Html, html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { type Column, table } from "../../table.js";
import { detectorFigure } from "../figures/detectors.js";
import { falseAlarmFigure } from "../figures/false-alarms.js";
import { measuresFigure } from "../figures/measures.js";
import { shownDetectors, signatureVariant } from "../shown-detectors.js";

const NETWORKS = ["joint", "leave-out", "dedicated"] as const;

interface Row {
  readonly network: DetectionRow["network"];
  readonly detector: string;
  readonly far: DetectionRow | undefined;
  readonly near: DetectionRow | undefined;
  readonly threshold: ThresholdRow | undefined;
}

export const detection: Section<StudyResult> = {
  name: "detection",
  title: "Recognising foreign images",
  render(result) {
    const rows = rowsOf(result);
    if (rows.length === 0) return undefined;
    const names = shownDetectors(rows.map(({ detector }) => detector));
    const shown = rows.filter(({ detector }) => names.includes(detector));
    return html`${figureHtml(detectorFigure, result)}
${NETWORKS.map((network) => detectionTable(network, shown))}
${figureHtml(measuresFigure, result)}
${
  result.thresholds.length === 0
    ? html`<p>No verdicts: there are too few validation images for the promised rate, and too few training images to stand in for them.</p>`
    : html`<p>Verdicts at the threshold fitted on images that are like the training images alone (promised false-alarm rate: at most ${percent(result.thresholds[0]?.alpha, 0)}). Sensitivity: share of foreign images refused; specificity: share of held-out images trusted; accuracy: the mean of specificity and sensitivity to far images.</p>`
}
${NETWORKS.map((network) => thresholdTable(network, shown))}
${figureHtml(falseAlarmFigure, result)}`;
  },
};

function rowsOf({ detection: all, thresholds }: StudyResult): Row[] {
  return NETWORKS.flatMap((network) => {
    const own = all.filter((row) => row.network === network && row.source === null);
    const find = (detector: string, kind: "near" | "far"): DetectionRow | undefined =>
      own.find((row) => row.detector === detector && row.kind === kind);
    return [...new Set(own.map(({ detector }) => detector))]
      .map((detector) => ({
        network,
        detector,
        far: find(detector, "far"),
        near: find(detector, "near"),
        threshold: thresholds.find((row) => row.network === network && row.detector === detector),
      }))
      .sort((a, b) => (b.far?.auroc ?? 0) - (a.far?.auroc ?? 0));
  });
}

const TITLES: Record<DetectionRow["network"], string> = {
  joint:
    "Joint networks: far are never-seen organs and modalities, near are corrupted held-out images. Above original: share of corrupted images that score higher than the image they were made from, whatever the differences between patients (50 % is chance).",
  "leave-out": "Joint networks with datasets left out: far are the images of those.",
  dedicated: "Dedicated networks, mean over them: far are the images of every other dataset.",
};

function detectionTable(network: DetectionRow["network"], all: readonly Row[]): Html | undefined {
  const rows = all.filter((row) => row.network === network);
  if (rows.length === 0) return undefined;
  return html`<p>${TITLES[network]}</p>
${table(rows, [
  { head: "Detector", cell: ({ detector }) => detector, numeric: false },
  ...figureColumns(rows, "far"),
  ...figureColumns(rows, "near"),
])}`;
}

function figureColumns(rows: readonly Row[], kind: "far" | "near"): Column<Row>[] {
  if (rows.every((row) => row[kind] === undefined)) return [];
  const name = kind === "far" ? "Far" : "Near";
  return [
    { head: `${name} AUROC`, cell: (row) => fixed(row[kind]?.auroc, 3) },
    { head: `${name} AUPR`, cell: (row) => fixed(row[kind]?.aupr, 3) },
    { head: `${name} FPR 95`, cell: (row) => fixed(row[kind]?.fprAt95, 3) },
    ...(kind === "near"
      ? [{ head: "Above original", cell: (row: Row) => percent(row.near?.aboveOriginal) }]
      : []),
  ];
}

const share = (part: number | undefined, all: number | undefined): number | null =>
  part === undefined || !all ? null : part / all;

function thresholdTable(network: DetectionRow["network"], all: readonly Row[]): Html | undefined {
  const rows = all.filter((row) => row.network === network && row.threshold !== undefined);
  if (rows.length === 0) return undefined;
  const near = rows.some(({ threshold }) => (threshold?.near ?? 0) > 0);
  const columns: (Column<Row> | false)[] = [
    { head: "Detector", cell: ({ detector }) => detector, numeric: false },
    { head: "Held-out", cell: ({ threshold }) => String(threshold?.inside ?? 0) },
    { head: "False alarms", cell: ({ threshold: t }) => percent(share(t?.falseAlarms, t?.inside)) },
    {
      head: "Specificity",
      cell: ({ threshold: t }) => percent(share(t && t.inside - t.falseAlarms, t?.inside)),
    },
    { head: "Sensitivity, far", cell: ({ threshold: t }) => percent(share(t?.farCaught, t?.far)) },
    near && { head: "Sensitivity, near", cell: ({ threshold: t }) => percent(share(t?.nearCaught, t?.near)) },
    {
      head: "Accuracy",
      cell: ({ threshold: t }) => {
        const [sensitivity, alarms] = [share(t?.farCaught, t?.far), share(t?.falseAlarms, t?.inside)];
        return percent(sensitivity === null || alarms === null ? null : (sensitivity + 1 - alarms) / 2);
      },
    },
  ];
  return html`<p>${network === "dedicated" ? "Dedicated networks, all together:" : network === "joint" ? "Joint networks:" : "Joint networks with datasets left out:"}</p>
${table(
  rows,
  columns.filter((column) => column !== false),
)}`;
}

export const variants: Section<StudyResult> = {
  name: "variants",
  title: "Forms and layers of the signature",
  render(result) {
    const rows = rowsOf(result).flatMap((row) => {
      const variant = signatureVariant(row.detector);
      return variant && row.network === "joint" ? [{ ...row, ...variant }] : [];
    });
    if (rows.length === 0) return undefined;
    return html`<p>Joint network. For comparison alone: none of these figures chose the default (all layers, per-voxel), which was fixed beforehand.</p>
${table(rows, [
  { head: "Form", cell: ({ form }) => form, numeric: false },
  { head: "Layer", cell: ({ layer }) => layer, numeric: false },
  { head: "Far AUROC", cell: ({ far }) => fixed(far?.auroc, 3) },
  { head: "Near AUROC", cell: ({ near }) => fixed(near?.auroc, 3) },
  {
    head: "False alarms",
    cell: ({ threshold: t }) => percent(share(t?.falseAlarms, t?.inside)),
  },
])}`;
  },
};
