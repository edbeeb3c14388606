/**
 * Colours that readers with the common colour-vision deficiencies can tell apart on white: Okabe and Ito's set
 * ("Color Universal Design", 2008) without black and yellow, then four of Paul Tol's muted scheme.
 */
const CATEGORIES = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#CC79A7",
  "#56B4E9",
  "#D55E00",
  "#332288",
  "#999933",
  "#882255",
  "#44AA99",
] as const;

/** The colour of the n-th category, from 0; after ten they come round again. */
export function categoryColour(index: number): string {
  return CATEGORIES[index % CATEGORIES.length]!;
}

/** A colour for each name, in the order given; the same names always give the same colours. */
export function coloursOf(names: readonly string[]): Map<string, string> {
  return new Map([...new Set(names)].map((name, index) => [name, categoryColour(index)]));
}

/** Images like the training images, corrupted ones, and ones of another kind. */
export const KIND_COLOURS = { in: "#0072B2", near: "#E69F00", far: "#D55E00" } as const;
/** Before and after temperature scaling. */
export const SCALING_COLOURS = { before: "#D55E00", after: "#0072B2" } as const;
/** Outlines on grey images. */
export const REFERENCE_COLOUR = "#1EE68A";
export const PREDICTION_COLOUR = "#FF4FD8";
export const INK = "#1b1f24";
export const FAINT = "#6a737d";
export const GRID = "#e3e6ea";
