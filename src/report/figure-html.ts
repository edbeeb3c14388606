import { type Drawing, standalone } from "./figures/drawing.js";
import type { Figure } from "./figures/figure.js";
import { type Html, html, trusted } from "./html.js";

/** A figure with its caption; nothing where there is nothing to draw. */
export function figureHtml<Data>(figure: Figure<Data>, data: Data): Html | undefined {
  const drawing = figure.draw(data);
  return drawing && drawingHtml(drawing, figure.name, figure.label, figure.caption(data));
}

/** @param name anchor in the page */
export const drawingHtml = (drawing: Drawing, name: string, label: string, caption: string): Html =>
  html`<figure id="figure-${name}">${trusted(standalone(drawing, label))}<figcaption>${caption}</figcaption></figure>
`;
