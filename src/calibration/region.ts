import { boundingBox, type Shape, type Vector } from "../volume/index.js";
import type { Part } from "./voxels.js";

/** Where calibration is measured: the whole image, or the reference's bounding box dilated by 10 mm. */
export type Region = "whole" | "box10mm";

/** In the order in which they are reported. */
export const REGIONS: readonly Region[] = ["whole", "box10mm"];

/** How far the box around the reference is dilated, in mm. */
const MARGIN_MM = 10;

/**
 * The voxels of a region.
 *
 * Background far from the organ is trivially right and hides miscalibration, hence `box10mm`: the reference's bounding box,
 * 10 mm wider on every side, clipped to the image. The margin is rounded up to whole voxels along each axis.
 *
 * @param reference mask, non-zero inside, in the volume's voxel order
 * @param spacing mm along the three axes
 * @returns undefined for `box10mm` when the reference is empty: there is no such region
 */
export function regionPart(
  region: Region,
  reference: Uint8Array,
  shape: Shape,
  spacing: Vector,
): Part | undefined {
  if (region === "whole") return { shape, box: { low: [0, 0, 0], high: shape } };
  const box = boundingBox({ shape, affine: [], channels: 1, data: reference }, 0);
  if (!box) return undefined;
  const low = [0, 0, 0] as [number, number, number];
  const high = [0, 0, 0] as [number, number, number];
  for (let axis = 0; axis < 3; axis++) {
    // Less a hair, for ten millimetres are a hundred voxels of 0.1 mm, whatever the last bit of the quotient says.
    const margin = Math.ceil(MARGIN_MM / spacing[axis]! - 1e-6);
    low[axis] = Math.max(0, box.low[axis]! - margin);
    high[axis] = Math.min(shape[axis]!, box.high[axis]! + margin);
  }
  return { shape, box: { low, high } };
}
