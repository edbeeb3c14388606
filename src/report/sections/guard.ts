import { groupBy } from "../../base/index.js";
import { figureHtml } from "../figure-html.js";
import { KIND_NAMES, measureDistributions } from "../figures/detection.js";
import { fixed, percent } from "../format.js";
import { html } from "../html.js";
import type { OodScore } from "../report-data.js";
import { table } from "../table.js";
import type { Section } from "./section.js";

const DETECTION_NAMES = { near: "near", far: "far", all: "near and far" } as const;

export const guard: Section = {
  name: "guard",
  title: "Recognising foreign images",
  render(data) {
    const { ood } = data;
    if (!ood || ood.scores.length === 0) return undefined;
    const sources = [...groupBy(ood.scores, ({ source, kind }) => `${kind} ${source}`).values()];
    const share = (scores: readonly OodScore[]): number =>
      scores.filter(({ foreign }) => foreign).length / scores.length;
    return html`${figureHtml(measureDistributions, data)}
${
  ood.detection.length > 0 &&
  html`<p>How well the measure alone tells foreign images from held-out ones:</p>
${table(ood.detection, [
  { head: "Foreign images", cell: ({ kind }) => DETECTION_NAMES[kind], numeric: false },
  { head: "AUROC", cell: ({ auroc }) => fixed(auroc, 3) },
  { head: "AUPR", cell: ({ aupr }) => fixed(aupr, 3) },
  { head: "FPR at 95 % TPR", cell: ({ fprAt95 }) => fixed(fprAt95, 3) },
])}`
}
<p>The guard's verdicts, at the threshold fitted on in-distribution images alone${
      ood.alpha !== null && html` (promised false-alarm rate: at most ${percent(ood.alpha, 0)} on average)`
    }:</p>
${
  ood.promise &&
  html`<p>${ood.promise.falseAlarms} of ${ood.promise.images} held-out volumes were called foreign. Where the promise holds, so many or more happen with probability ${fixed(ood.promise.pValue, 3)} (beta-binomial law: ${ood.promise.calibrationImages} images drew the threshold). The rate of one guard with so many lies between ${percent(ood.promise.rate.low, 1)} and ${percent(ood.promise.rate.high, 1)} with 95 % probability.</p>`
}
${table(sources, [
  { head: "Source", cell: ([first]) => first?.source ?? "", numeric: false },
  { head: "Kind", cell: ([first]) => (first ? KIND_NAMES[first.kind] : ""), numeric: false },
  { head: "Images", cell: (scores) => String(scores.length) },
  { head: "Called foreign", cell: (scores) => percent(share(scores), 0) },
  {
    head: "Raised by",
    cell: (scores) => mostFrequent(scores.flatMap(({ reason }) => reason ?? [])),
    numeric: false,
  },
  {
    head: "Most resembles",
    cell: (scores) => mostFrequent(scores.flatMap(({ nearest }) => (nearest ? [nearest.dataset] : []))),
    numeric: false,
  },
])}`;
  },
};

function mostFrequent(names: readonly string[]): string {
  const [largest] = [...groupBy(names, (name) => name)].sort(([, a], [, b]) => b.length - a.length);
  return largest?.[0] ?? "";
}
