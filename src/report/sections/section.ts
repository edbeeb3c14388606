import type { Html } from "../html.js";
import type { ReportData } from "../report-data.js";

/** A part of a report, of a run's unless said otherwise. To add one, write its file and name it in index.ts. */
export interface Section<Data = ReportData> {
  /** Anchor in the page. */
  readonly name: string;
  readonly title: string;
  /** The content, or undefined where the data hold nothing for it: the section is then left out. */
  render(data: Data): Html | undefined;
}
