import { html } from "../html.js";
import type { Section } from "./section.js";

/** What made the numbers. */
export const provenance: Section = {
  name: "provenance",
  title: "How these numbers were made",
  render: ({ created, commit, machine, configuration }) => html`<p>${created}${
    commit !== undefined && html`; sureseg ${commit}`
  }${machine !== undefined && html`; ${machine}`}.</p>
${configuration && html`<details><summary>Configuration</summary><pre>${configuration}</pre></details>`}`,
};
