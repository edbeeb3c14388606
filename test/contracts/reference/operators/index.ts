/** Every operator the reference evaluator knows, by exact ONNX name (semantics of opsets 17 to 21). */

import type { OperatorTable } from "../operator.js";
import { constants } from "./constants.js";
import { convolutions } from "./convolutions.js";
import { elementwise } from "./elementwise.js";
import { matrixProducts } from "./matrix-products.js";
import { normalisation } from "./normalisation.js";
import { pooling } from "./pooling.js";
import { reductions } from "./reductions.js";
import { resizing } from "./resize.js";
import { shapeMovers } from "./shape-movers.js";

export const operators: OperatorTable = {
  ...constants,
  ...elementwise,
  ...reductions,
  ...shapeMovers,
  ...matrixProducts,
  ...convolutions,
  ...pooling,
  ...normalisation,
  ...resizing,
};
