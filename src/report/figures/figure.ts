import type { ReportData } from "../report-data.js";
import type { Drawing } from "./drawing.js";

/** Width of the text column, and so the most a figure may have, in pixels. */
export const FIGURE_WIDTH = 840;

/** One kind of figure, of a run's report unless said otherwise. */
export interface Figure<Data = ReportData> {
  /** File name without extension, and anchor in the page. */
  readonly name: string;
  /** What it shows, for readers who do not see it. */
  readonly label: string;
  /** The drawing, or undefined when the data hold nothing to draw. */
  draw(data: Data): Drawing | undefined;
  /** What is shown, in which units, over how many images. Plain text. */
  caption(data: Data): string;
}
