/** Temperatures besides the pooled one, by name. To add one, write its file and name it in both places here. */
import { z } from "zod";
import { byDataset } from "./by-dataset.js";
import { bySignature } from "./by-signature.js";
import type { CalibrationCase, ImageToScale, TemperatureKind } from "./temperature-kind.js";

export { LOG_TEMPERATURES, type LossCurve, lossCurve } from "./loss-curve.js";
export type { CalibrationCase, ImageToScale, TemperatureKind } from "./temperature-kind.js";

export const temperatureKinds = { signature: bySignature, dataset: byDataset };

export type TemperatureKindName = keyof typeof temperatureKinds;

/** What a bundle keeps of temperatures besides the pooled one; a kind that the images did not support is absent. */
export const alternativesSchema = z.strictObject({
  signature: bySignature.schema.optional(),
  dataset: byDataset.schema.optional(),
});

export type TemperatureAlternatives = z.infer<typeof alternativesSchema>;

/** @param pooled the temperature of all images together */
export const fitAlternatives = (
  cases: readonly CalibrationCase[],
  pooled: number,
): TemperatureAlternatives => ({
  signature: bySignature.fit(cases, pooled),
  dataset: byDataset.fit(cases, pooled),
});

/** The temperature of one image by one kind; the pooled one where that kind was not fitted. */
export function temperatureOf(
  kind: TemperatureKindName,
  alternatives: TemperatureAlternatives,
  image: ImageToScale,
  pooled: number,
): number {
  const fitted = alternatives[kind];
  if (fitted === undefined) return pooled;
  // The registry and what a bundle keeps go by the same name, which the type system does not follow.
  return (temperatureKinds[kind] as TemperatureKind).temperature(fitted, image, pooled);
}
