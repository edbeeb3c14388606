import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeText } from "../escape.js";
import { FAINT, INK } from "../palette.js";

/** A vector drawing: `body` is SVG markup without its outer element, sizes are in pixels. */
export interface Drawing {
  readonly body: string;
  readonly width: number;
  readonly height: number;
}

export const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
export const FONT_SIZE = 11;

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** Draws with Observable Plot, without a browser. Same options, same bytes. */
export function plot(options: Plot.PlotOptions & { width: number; height: number }): Drawing {
  const element = Plot.plot({
    ...options,
    document: document as unknown as Document,
    style: { fontSize: `${FONT_SIZE}px`, ...(options.style as object | undefined) },
  });
  return {
    // Plot says this on the outer element, which is left behind.
    body: `<g text-anchor="middle" fill="currentColor">${[...element.childNodes].map((node) => serialise(node as unknown as SvgNode)).join("")}</g>`,
    width: options.width,
    height: options.height,
  };
}

/** The little of the DOM that `serialise` walks. */
interface SvgNode {
  readonly nodeType: number;
  /** In its own case: an SVG file knows no `PATH`, though a page does. */
  readonly localName: string;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ name: string; value: string }>;
  readonly childNodes: Iterable<SvgNode>;
}

/**
 * SVG text of a node. Written here because linkedom leaves `<` and `&` bare in attributes, which is not XML; it also
 * drops Plot's style sheet, which a drawing inside another does not need, and rounds coordinates to hundredths.
 */
function serialise(node: SvgNode): string {
  if (node.nodeType === 3) return escapeText(node.textContent ?? "");
  if (node.nodeType !== 1 || node.localName === "style") return "";
  const attributes = [...node.attributes]
    .filter(({ name }) => name !== "aria-hidden")
    .map(({ name, value }) => ` ${name}="${escapeText(COORDINATES.has(name) ? rounded(value) : value)}"`);
  const children = [...node.childNodes].map(serialise).join("");
  return `<${node.localName}${attributes.join("")}${children ? `>${children}</${node.localName}>` : "/>"}`;
}

const COORDINATES = new Set([
  "d",
  "transform",
  "x",
  "y",
  "x1",
  "x2",
  "y1",
  "y2",
  "cx",
  "cy",
  "width",
  "height",
]);

function rounded(value: string): string {
  return value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100));
}

/** Drawings put on one sheet. */
export function sheet(
  parts: readonly { drawing: Drawing; x: number; y: number }[],
  width: number,
  height: number,
): Drawing {
  const body = parts
    .map(({ drawing, x, y }) => `<g transform="translate(${x},${y})">${drawing.body}</g>`)
    .join("");
  return { body, width, height };
}

/** Drawings one below the other, from the left edge. */
export function stacked(drawings: readonly Drawing[], gap = 6): Drawing {
  let y = 0;
  const parts = drawings.map((drawing) => {
    const part = { drawing, x: 0, y };
    y += drawing.height + gap;
    return part;
  });
  return sheet(parts, Math.max(...drawings.map(({ width }) => width)), Math.max(0, y - gap));
}

/** Drawings side by side, wrapped to rows that fit `width`. */
export function tiled(drawings: readonly Drawing[], width: number, gap = 10): Drawing {
  const rows: Drawing[] = [];
  let row: { drawing: Drawing; x: number; y: number }[] = [];
  let x = 0;
  const close = (): void => {
    if (row.length > 0) rows.push(sheet(row, x - gap, Math.max(...row.map(({ drawing }) => drawing.height))));
    row = [];
    x = 0;
  };
  for (const drawing of drawings) {
    if (x > 0 && x + drawing.width > width) close();
    row.push({ drawing, x, y: 0 });
    x += drawing.width + gap;
  }
  close();
  return stacked(rows);
}

/** A line of text in bold, such as the name of a panel. */
export function heading(text: string, width: number, indent = 0): Drawing {
  return {
    body: `<text x="${indent}" y="13" font-size="12" font-weight="600">${escapeText(text)}</text>`,
    width,
    height: 18,
  };
}

/** A picture to stand alone or inside HTML: white ground, a name for readers who do not see it. */
export function standalone(drawing: Drawing, label: string): string {
  const { body, width, height } = drawing;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escapeText(label)}" font-family="${escapeText(FONT)}" font-size="${FONT_SIZE}" ` +
    `fill="${INK}" color="${INK}"><rect width="${width}" height="${height}" fill="#fff"/>${body}</svg>`
  );
}

/** A name in one line. Names come from users' files, may be of any length and hold line breaks. */
export function shortened(name: string, most = 30): string {
  const line = name.replace(/\s+/g, " ");
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}

/** Plain small print under or inside a drawing. */
export function note(text: string, width: number): Drawing {
  return { body: `<text x="0" y="11" fill="${FAINT}">${escapeText(text)}</text>`, width, height: 16 };
}
