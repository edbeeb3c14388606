/** Optimisers by name. To add one, write its file and name it here. */
import { adam } from "./adam.js";
import { gradientDescent } from "./gradient-descent.js";
import type { Optimiser, OptimiserOptions } from "./optimiser.js";

export const optimisers = {
  adam: (options) => adam(options, false),
  adamw: (options) => adam(options, true),
  sgd: gradientDescent,
} satisfies Record<string, (options: OptimiserOptions) => Optimiser>;

export type OptimiserName = keyof typeof optimisers;
export { clipByNorm } from "./clip.js";
export type { Optimiser, OptimiserOptions } from "./optimiser.js";
