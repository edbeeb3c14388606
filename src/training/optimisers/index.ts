/** Optimisers by name. To add one, write its file and name it in both places here. */
import { z } from "zod";
import { adam, adamw } from "./adam.js";
import { sgd } from "./gradient-descent.js";
import type { Optimiser, OptimiserKind } from "./optimiser.js";

export const optimisers = { adam, adamw, sgd };

/** A kind, Adam where none is given, and the options of that kind. */
export const optimiserSchema = z.discriminatedUnion("kind", [adam.options, adamw.options, sgd.options], {
  error: ({ code }) =>
    code === "invalid_union" ? `expected ${Object.keys(optimisers).join(", ")}` : undefined,
});

export type OptimiserOptions = z.output<typeof optimiserSchema>;

export function createOptimiser(options: OptimiserOptions): Optimiser {
  // The options belong to the kind of that name: the schema has checked it.
  return (optimisers[options.kind] as OptimiserKind<z.ZodType<OptimiserOptions>>).create(options);
}

export { clipByNorm } from "./clip.js";
export type { Optimiser } from "./optimiser.js";
