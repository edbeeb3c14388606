/** Colours of masks and of doubt, in the viewer's terms. */
import { categoryColour } from "../../src/report/palette.js";

/** The colour of a value of a mask, from 1. */
export const colourOfLabel = (value: number): string => categoryColour(value);

const VALUES = Array.from({ length: 255 }, (_, at) => at + 1);

const channel = (at: 0 | 1 | 2): number[] => [
  0,
  ...VALUES.map((value) => Number.parseInt(colourOfLabel(value).slice(1 + 2 * at, 3 + 2 * at), 16)),
];

/** A colour for every value of a mask, nothing for the background; NiiVue keeps and may change the lists. */
export const maskColours = () => ({
  R: channel(0),
  G: channel(1),
  B: channel(2),
  A: [0, ...VALUES.map(() => 255)],
  I: [0, ...VALUES],
  labels: ["", ...VALUES.map(String)],
});

/** Nothing where the mask is sure, more and more magenta where it is not. */
export const doubtColours = {
  R: [190, 230, 255],
  G: [40, 60, 160],
  B: [160, 200, 240],
  A: [0, 90, 230],
  I: [0, 90, 255],
};
