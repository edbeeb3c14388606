import { escapeText } from "../escape.js";
import { type Drawing, FONT_SIZE, shortened } from "./drawing.js";

export interface LegendItem {
  readonly label: string;
  readonly colour: string;
  readonly mark: "line" | "dashed" | "dot" | "ring" | "tick";
}

const ROW = 18;
const KEY = 22;
const GAP = 18;

/** A key to colours and marks, in rows no wider than `width`. */
export function legend(items: readonly LegendItem[], width: number): Drawing {
  let x = 0;
  let y = 0;
  let body = "";
  for (const { label, colour, mark } of items) {
    const text = shortened(label, 40);
    const wide = KEY + textWidth(text);
    if (x > 0 && x + wide > width) {
      x = 0;
      y += ROW;
    }
    body += `<g transform="translate(${x},${y})">${keyOf(mark, colour)}<text x="${KEY}" y="12.5">${escapeText(text)}</text></g>`;
    x += wide + GAP;
  }
  return { body, width, height: items.length ? y + ROW : 0 };
}

function keyOf(mark: LegendItem["mark"], colour: string): string {
  switch (mark) {
    case "line":
      return `<line x1="0" x2="16" y1="9" y2="9" stroke="${colour}" stroke-width="2.5"/>`;
    case "dashed":
      return `<line x1="0" x2="16" y1="9" y2="9" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 2"/>`;
    case "dot":
      return `<circle cx="9" cy="9" r="4" fill="${colour}"/>`;
    case "ring":
      return `<circle cx="9" cy="9" r="3.4" fill="#fff" stroke="${colour}" stroke-width="1.5"/>`;
    case "tick":
      return `<line x1="9" x2="9" y1="3" y2="15" stroke="${colour}" stroke-width="2.5"/>`;
  }
}

/** Width of text in pixels, about: no font can be asked without a browser. Characters beyond Latin count as square. */
export function textWidth(text: string, size = FONT_SIZE): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! > 0x2e80 ? size : size * 0.58;
  return Math.ceil(width);
}
