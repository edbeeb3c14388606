import type { StudyResult } from "../../../study/protocol/study-result.js";
import { html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { table } from "../../table.js";

export const data: Section<StudyResult> = {
  name: "data",
  title: "Data and networks",
  render({ datasets, runs, seconds }) {
    const strategies = [...new Set(runs.map(({ strategy }) => strategy))];
    const rows = strategies.map((strategy) => runs.filter((run) => run.strategy === strategy));
    return html`${table(datasets, [
      { head: "Dataset", cell: ({ name }) => name, numeric: false },
      { head: "Modality", cell: ({ modality }) => modality, numeric: false },
      { head: "Organ", cell: ({ organ }) => organ, numeric: false },
      { head: "Volumes", cell: ({ volumes }) => String(volumes) },
      { head: "Subjects", cell: ({ subjects }) => String(subjects) },
      { head: "Licence", cell: ({ licence }) => licence ?? "not stated", numeric: false },
    ])}
${table(rows, [
  { head: "Strategy", cell: ([first]) => first?.strategy ?? "", numeric: false },
  { head: "Networks", cell: (own) => String(own.length) },
  { head: "Updates of each", cell: (own) => [...new Set(own.map(({ updates }) => updates))].join(", ") },
  {
    head: "Minutes of work",
    cell: (own) => (own.reduce((sum, run) => sum + run.seconds, 0) / 60).toFixed(1),
  },
])}
<p>${runs.length} networks; ${(seconds / 60).toFixed(0)} minutes of work in all, detection included.</p>
`;
  },
};
