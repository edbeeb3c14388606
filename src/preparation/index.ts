export {
  type FieldOfView,
  fieldOfViewOf,
  fieldOfViewRange,
  fieldOfViewSchema,
  fieldOfViewWarning,
} from "./field-of-view.js";
export { foregroundBox } from "./foreground.js";
export { type Normaliser, normaliserSteps } from "./normalisers/index.js";
export type { Placement } from "./placement.js";
export { type PreparedImage, prepareImage, prepareLabels, type SeenGrid, seenGrid } from "./prepare-image.js";
export { type PreparedSlabs, type RestoredBlock, restoredBlocks } from "./restored-blocks.js";
export { restoredSlabs, type Slab } from "./restored-slabs.js";
export { type Preparation, preparationSchema, spacingPolicies, storedPreparationSchema } from "./settings.js";
