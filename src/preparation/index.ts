export {
  foregroundBox,
  type Preparation,
  type PreparedImage,
  preparationSchema,
  prepareImage,
  prepareLabels,
  restoreToOriginal,
} from "./preparation.js";
export { type Placement, restoredSlabs, type Slab } from "./restored-slabs.js";
