import type { Claim, StudyResult } from "../../../study/protocol/study-result.js";
import { html } from "../../html.js";
import type { Section } from "../../sections/section.js";
import { table } from "../../table.js";

const MARKS: Record<Claim["verdict"], { colour: string; mark: string }> = {
  met: { colour: "#1a7f37", mark: "●" },
  "not met": { colour: "#cf222e", mark: "▲" },
  undecided: { colour: "#9a6700", mark: "◆" },
};

export const claims: Section<StudyResult> = {
  name: "claims",
  title: "What was claimed, and what was found",
  render: ({ claims: all }) =>
    all.length === 0
      ? undefined
      : table(all, [
          { head: "Whose", cell: ({ claimant }) => claimant, numeric: false },
          { head: "Claim", cell: ({ statement }) => statement, numeric: false },
          {
            head: "Verdict",
            cell: ({ verdict }) =>
              html`<b style="color:${MARKS[verdict].colour};white-space:nowrap">${MARKS[verdict].mark} ${verdict}</b>`,
            numeric: false,
          },
          { head: "Evidence", cell: ({ evidence }) => evidence, numeric: false },
        ]),
};
