import { drawingHtml } from "../figure-html.js";
import { html } from "../html.js";
import { PREDICTION_COLOUR, REFERENCE_COLOUR } from "../palette.js";
import { drawSlices } from "../picture/slice-drawing.js";
import type { Section } from "./section.js";

export const slices: Section = {
  name: "slices",
  title: "Segmentations",
  render(data) {
    if (data.slices.length === 0) return undefined;
    const key = (colour: string, text: string) =>
      html`<span class="key"><i style="background:${colour}"></i>${text}</span>`;
    return html`<p>${key(REFERENCE_COLOUR, "reference")} ${key(PREDICTION_COLOUR, "prediction")}</p>
${drawingHtml(
  drawSlices(data.slices),
  "slices",
  "Slices with the outlines of reference and prediction",
  "For each dataset the held-out volume with the median and the one with the lowest Dice, in the slice with the most of the organ; then one image of each foreign source, with what the network drew on it. Letters name the patient's sides.",
)}`;
  },
};
