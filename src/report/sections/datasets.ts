import { html } from "../html.js";
import { table } from "../table.js";
import type { Section } from "./section.js";

export const datasets: Section = {
  name: "datasets",
  title: "Data",
  render(data) {
    if (data.datasets.length === 0) return undefined;
    return html`<p>One network was trained on all of these, without being told which image is of which dataset.
Subjects of the training, validation and test parts are disjoint.</p>
${table(data.datasets, [
  { head: "Dataset", cell: ({ name }) => name, numeric: false },
  { head: "Modality", cell: ({ modality }) => modality, numeric: false },
  { head: "Organs", cell: ({ organs }) => organs.join(", "), numeric: false },
  { head: "Training", cell: ({ cases }) => String(cases.train) },
  { head: "Validation", cell: ({ cases }) => String(cases.validation) },
  { head: "Test", cell: ({ cases }) => String(cases.test) },
  { head: "Licence", cell: ({ licence }) => licence ?? "not stated", numeric: false },
])}`;
  },
};
