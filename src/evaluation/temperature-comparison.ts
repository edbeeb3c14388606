/** Temperatures against each other on held-out volumes: none, the pooled one, the one by signature, the one of the dataset. */
import { groupBy } from "../base/index.js";
import { type Bundle, type PreparedPrediction, scaledMean, temperatureByKind } from "../bundle/index.js";
import type { CalibrationErrors, TemperatureKindName } from "../calibration/index.js";
import type { Volume } from "../volume/index.js";
import { type MeasuredCalibration, meanErrors } from "./calibration-summary.js";
import type { CasePrediction } from "./measure-case.js";

/** `dataset` is told which dataset an image is from; the others are not. */
export const comparedTemperatures = ["none", "pooled", "signature", "dataset"] as const;
export type ComparedTemperature = (typeof comparedTemperatures)[number];

/** Means over a dataset's volumes (and organs), in the reference's box 10 mm wider. */
export interface TemperatureRow extends CalibrationErrors {
  readonly dataset: string;
  readonly temperature: ComparedTemperature;
  readonly volumes: number;
}

/**
 * What other temperatures than the one that a bundle applies make of an image.
 *
 * @returns undefined where the bundle keeps none
 */
export function probabilitiesByTemperature(
  bundle: Bundle,
  { byNetwork }: PreparedPrediction,
  dataset: string,
): CasePrediction["alternatives"] {
  if (bundle.calibration.alternatives === undefined) return undefined;
  const scaledBy = (kind: TemperatureKindName): Volume<Float32Array> =>
    scaledMean(bundle, byNetwork, (one) => temperatureByKind(one.network, one, { kind, dataset }));
  return {
    pooled: scaledMean(bundle, byNetwork, ({ network }) => network.calibration.temperature),
    signature: scaledBy("signature"),
    dataset: scaledBy("dataset"),
  };
}

/** One row for each dataset and temperature, in order of appearance; none for volumes measured at one temperature alone. */
export function temperatureRows(measured: readonly MeasuredCalibration[]): TemperatureRow[] {
  return [...groupBy(measured, ({ dataset }) => dataset)].flatMap(([dataset, own]) => {
    const boxes = own.flatMap(({ calibration: { box10mm } }) =>
      box10mm?.alternatives === undefined ? [] : { ...box10mm, alternatives: box10mm.alternatives },
    );
    if (boxes.length === 0) return [];
    return comparedTemperatures.map((temperature) => {
      const errors = boxes.map(({ before, alternatives }) =>
        temperature === "none" ? before : alternatives[temperature],
      );
      return { dataset, temperature, volumes: boxes.length, ...meanErrors(errors) };
    });
  });
}
