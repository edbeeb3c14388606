export {
  foregroundBox,
  type Preparation,
  type PreparedImage,
  preparationSchema,
  prepareImage,
  prepareLabels,
  restoreToOriginal,
} from "./preparation.js";
