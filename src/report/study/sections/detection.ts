import type { DetectionRow, StudyResult, ThresholdRow } from "../../../study/result/study-result.js";
import { figureHtml } from "../../figure-html.js";
import { fixed, percent } from "../../format.js";
import { html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { table } from "../../table.js";
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
    return html`${figureHtml(detectorFigure, result)}
<p>Joint: far are never-seen organs and modalities, near are corrupted held-out images. Leave-out: far are datasets left out of joint training. Dedicated: far are the other datasets' images.</p>
${detectionTable(rows.filter(({ detector }) => names.includes(detector)))}
${figureHtml(measuresFigure, result)}
<p>Verdicts at the threshold fitted on validation images alone (promised false-alarm rate: at most ${percent(result.thresholds[0]?.alpha, 0)}). Sensitivity: share of foreign images refused; specificity: share of held-out images trusted; accuracy: the mean of specificity and sensitivity to far images.</p>
${thresholdTable(rows.filter(({ detector }) => names.includes(detector)))}
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

const detectionTable = (rows: readonly Row[]) =>
  table(rows, [
    { head: "Network", cell: ({ network }) => network, numeric: false },
    { head: "Detector", cell: ({ detector }) => detector, numeric: false },
    { head: "Far AUROC", cell: ({ far }) => fixed(far?.auroc, 3) },
    { head: "AUPR", cell: ({ far }) => fixed(far?.aupr, 3) },
    { head: "FPR 95", cell: ({ far }) => fixed(far?.fprAt95, 3) },
    { head: "Near AUROC", cell: ({ near }) => fixed(near?.auroc, 3) },
    { head: "AUPR", cell: ({ near }) => fixed(near?.aupr, 3) },
    { head: "FPR 95", cell: ({ near }) => fixed(near?.fprAt95, 3) },
  ]);

const share = (part: number | undefined, all: number | undefined): number | null =>
  part === undefined || !all ? null : part / all;

const thresholdTable = (rows: readonly Row[]) =>
  table(rows, [
    { head: "Network", cell: ({ network }) => network, numeric: false },
    { head: "Detector", cell: ({ detector }) => detector, numeric: false },
    { head: "Held-out", cell: ({ threshold }) => String(threshold?.inside ?? 0) },
    { head: "False alarms", cell: ({ threshold: t }) => percent(share(t?.falseAlarms, t?.inside)) },
    {
      head: "Specificity",
      cell: ({ threshold: t }) => percent(share(t && t.inside - t.falseAlarms, t?.inside)),
    },
    { head: "Sensitivity, far", cell: ({ threshold: t }) => percent(share(t?.farCaught, t?.far)) },
    { head: "Sensitivity, near", cell: ({ threshold: t }) => percent(share(t?.nearCaught, t?.near)) },
    {
      head: "Accuracy",
      cell: ({ threshold: t }) => {
        const [sensitivity, alarms] = [share(t?.farCaught, t?.far), share(t?.falseAlarms, t?.inside)];
        return percent(sensitivity === null || alarms === null ? null : (sensitivity + 1 - alarms) / 2);
      },
    },
  ]);

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
