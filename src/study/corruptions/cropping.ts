import { crop } from "../../volume/index.js";
import type { Corruption } from "./corruption.js";

const SHARES = { 1: 0.15, 2: 0.3, 3: 0.5 } as const;

/** A part of the field of view was never acquired: 15, 30 or 50 % of the length of one axis is cut off at one end. */
export const cropping: Corruption = {
  movesAnatomy: true,
  apply(image, severity, random) {
    const axis = random.below(3) as 0 | 1 | 2;
    const lost = Math.min(image.shape[axis] - 2, Math.round(SHARES[severity] * image.shape[axis]));
    const low: [number, number, number] = [0, 0, 0];
    const high: [number, number, number] = [...image.shape];
    if (random.uniform() < 0.5) low[axis] = lost;
    else high[axis] = image.shape[axis] - lost;
    return crop(image, low, high);
  },
};
