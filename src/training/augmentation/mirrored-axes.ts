import { type AnatomicalAxis, anatomicalAxes } from "../../volume/index.js";
import type { AugmentationSettings } from "./augmentation.js";

/**
 * Axes along which training shows mirrored patches, in the order i, j, k. A network has seen mirror images along these
 * alone: test-time augmentation may use no others.
 */
export const mirroredAxes = ({
  enabled,
  flip,
}: Pick<AugmentationSettings, "enabled" | "flip">): AnatomicalAxis[] =>
  enabled && flip.probability > 0 ? anatomicalAxes.filter((axis) => flip.axes.includes(axis)) : [];
