import { fixed, listed, percent } from "../format.js";
import { html } from "../html.js";
import type { Section } from "./section.js";

/** The answer in a few sentences. */
export const summary: Section = {
  name: "summary",
  title: "Summary",
  render({ accuracy, calibration, ood, datasets }) {
    if (accuracy.summaries.length === 0) return undefined;
    const means = accuracy.summaries.flatMap(({ dice }) => (dice ? [dice.mean] : []));
    const cases = accuracy.summaries.reduce((sum, row) => sum + row.cases, 0);
    const boxes = calibration.rows.filter(({ region }) => region === "box10mm");
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const inside = ood?.scores.filter(({ kind }) => kind === "in") ?? [];
    const outside = ood?.scores.filter(({ kind }) => kind !== "in") ?? [];
    const share = (scores: typeof inside): number =>
      scores.filter(({ foreign }) => foreign).length / scores.length;
    const far = ood?.detection.find(({ kind }) => kind === "far");
    return html`<ul>
<li><b>Accuracy.</b> ${cases} held-out volumes of ${datasets.length || accuracy.summaries.length} datasets: mean Dice ${fixed(mean(means), 3)} over datasets, from ${fixed(Math.min(...means), 3)} to ${fixed(Math.max(...means), 3)}.</li>
${
  boxes.length > 0 &&
  html`<li><b>Calibration.</b> Near the organ the expected calibration error is ${fixed(mean(boxes.map(({ before }) => before.ece)), 3)} on average over datasets${
    boxes.every(({ after }) => after) &&
    html`, ${fixed(mean(boxes.map(({ after }) => after?.ece ?? 0)), 3)} after temperature scaling`
  }.</li>`
}
${
  ood &&
  inside.length > 0 &&
  html`<li><b>Guard.</b> ${inside.filter(({ foreign }) => foreign).length} of ${inside.length} held-out volumes (${percent(share(inside), 0)}) were called foreign${
    ood.alpha !== null && html`; promised are at most ${percent(ood.alpha, 0)} on average`
  }.${
    outside.length > 0 &&
    html` Of ${outside.length} foreign images (${listed([...new Set(outside.map(({ source }) => source))])}) it recognised ${percent(share(outside), 0)}${
      far && html`; AUROC ${fixed(far.auroc, 3)}`
    }.`
  }</li>`
}
</ul>
`;
  },
};
