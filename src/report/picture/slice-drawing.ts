import { escapeText } from "../escape.js";
import { type Drawing, tiled } from "../figures/drawing.js";
import { FIGURE_WIDTH } from "../figures/figure.js";
import { FAINT, PREDICTION_COLOUR, REFERENCE_COLOUR } from "../palette.js";
import type { SliceData } from "../report-data.js";
import { outlines, pathOf } from "./outline.js";
import { fromRuns } from "./run-lengths.js";

/** Longest side of a picture, in pixels of the page, unless said otherwise. */
const SIDE = 196;
const CAPTION = 34;

/** A slice as grey picture with the outlines of reference and prediction, pixels square in millimetres. */
export function drawSlice(slice: SliceData, side = SIDE): Drawing {
  const [widthMm, heightMm] = [slice.width * slice.pixelMm[0], slice.height * slice.pixelMm[1]];
  const scale = side / Math.max(widthMm, heightMm);
  const [width, height] = [widthMm * scale, heightMm * scale];
  const [left, top] = [(side - width) / 2, CAPTION + (side - height) / 2];
  const outline = (runs: number[] | undefined, colour: string): string => {
    if (runs === undefined) return "";
    const loops = outlines(fromRuns(runs, slice.width * slice.height), slice.width, slice.height);
    const path = pathOf(loops, { scaleX: width / slice.width, scaleY: height / slice.height, left, top });
    return path === "" ? "" : `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  };
  const letter = (text: string, x: number, y: number): string =>
    `<text x="${x}" y="${y}" text-anchor="middle" font-size="9" fill="#fff" opacity="0.8">${escapeText(text)}</text>`;
  const { edges } = slice;
  const [title = "", subtitle = ""] = slice.title.split("\n");
  const body =
    `<text x="0" y="12" font-weight="600">${escapeText(title)}</text>` +
    `<text x="0" y="27" fill="${FAINT}">${escapeText(subtitle)}</text>` +
    `<rect x="0" y="${CAPTION}" width="${side}" height="${side}" fill="#000"/>` +
    `<image x="${left}" y="${top}" width="${width}" height="${height}" preserveAspectRatio="none" href="data:image/png;base64,${slice.png}"/>` +
    outline(slice.reference, REFERENCE_COLOUR) +
    outline(slice.prediction, PREDICTION_COLOUR) +
    letter(edges.left, 7, CAPTION + side / 2 + 3) +
    letter(edges.right, side - 7, CAPTION + side / 2 + 3) +
    letter(edges.top, side / 2, CAPTION + 10) +
    letter(edges.bottom, side / 2, CAPTION + side - 4);
  return { body, width: side, height: CAPTION + side };
}

/** Slices side by side, in rows as wide as the page. */
export const drawSlices = (slices: readonly SliceData[]): Drawing =>
  tiled(
    slices.map((slice) => drawSlice(slice)),
    FIGURE_WIDTH,
    16,
  );
