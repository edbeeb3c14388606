import { figureHtml } from "../figure-html.js";
import { signatureFigure } from "../figures/spectra.js";
import type { Section } from "./section.js";

export const signatures: Section = {
  name: "signatures",
  title: "Spectral signatures",
  render: (data) => figureHtml(signatureFigure, data),
};
