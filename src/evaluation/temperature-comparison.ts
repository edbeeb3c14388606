/** Temperatures against each other on held-out volumes: none, the pooled one, the one by signature, the one of the dataset. */
import { groupBy } from "../base/index.js";
import { type Bundle, type NetworkPrediction, scaledMean, temperatureByKind } from "../bundle/index.js";
import {
  type CalibrationErrors,
  ReliabilityAccumulator,
  regionPart,
  type TemperatureKindName,
} from "../calibration/index.js";
import { channelTargets, layoutOf } from "../labels/index.js";
import { channelOf, spacingOf, type Volume } from "../volume/index.js";
import { meanErrors } from "./calibration-summary.js";

/** `dataset` is told which dataset an image is from; the others are not. */
export const comparedTemperatures = ["none", "pooled", "signature", "dataset"] as const;
export type ComparedTemperature = (typeof comparedTemperatures)[number];

/** One organ of one volume under every temperature, in the reference's box 10 mm wider. */
export interface MeasuredTemperatures {
  readonly dataset: string;
  readonly errors: Readonly<Record<ComparedTemperature, CalibrationErrors>>;
}

/** Means over a dataset's volumes (and organs). */
export interface TemperatureRow extends CalibrationErrors {
  readonly dataset: string;
  readonly temperature: ComparedTemperature;
  readonly volumes: number;
}

/**
 * @param seen the image in the eyes of each network
 * @param reference on the prepared grid: value n is the n-th of its organs
 * @returns empty where the bundle was not calibrated, or keeps no temperature besides the pooled one
 */
export function compareTemperatures(
  bundle: Bundle,
  {
    byNetwork,
    uncalibrated,
  }: { byNetwork: readonly NetworkPrediction[]; uncalibrated: Volume<Float32Array> },
  reference: { readonly dataset: string; readonly target: Uint8Array; readonly organs: readonly string[] },
): MeasuredTemperatures[] {
  if (bundle.calibration.alternatives === undefined) return [];
  const { dataset } = reference;
  const told = (kind: TemperatureKindName) => (one: NetworkPrediction) =>
    temperatureByKind(one.network, one, { kind, dataset });
  const volumes: Record<ComparedTemperature, Volume<Float32Array>> = {
    none: uncalibrated,
    pooled: scaledMean(bundle, byNetwork, ({ network }) => network.calibration.temperature),
    signature: scaledMean(bundle, byNetwork, told("signature")),
    dataset: scaledMean(bundle, byNetwork, told("dataset")),
  };
  const { shape, affine } = uncalibrated;
  const layout = layoutOf(bundle.labels.labelMode, bundle.labels.organs);
  return channelTargets(reference, layout).flatMap(({ channel, labels }) => {
    const part = regionPart("box10mm", labels, shape, spacingOf(affine));
    if (part === undefined) return [];
    const errors = (temperature: ComparedTemperature): CalibrationErrors => {
      const accumulator = new ReliabilityAccumulator();
      const probabilities = channelOf(volumes[temperature], channel);
      accumulator.add({ probabilities, reference: labels }, { part });
      return accumulator.result();
    };
    return { dataset, errors: byTemperature(errors) };
  });
}

/** One row for each dataset and temperature, in order of appearance. */
export const temperatureRows = (measured: readonly MeasuredTemperatures[]): TemperatureRow[] =>
  [...groupBy(measured, ({ dataset }) => dataset)].flatMap(([dataset, own]) =>
    comparedTemperatures.map((temperature) => {
      const errors = meanErrors(own.map((one) => one.errors[temperature]));
      return { dataset, temperature, volumes: own.length, ...errors };
    }),
  );

const byTemperature = <Value>(
  value: (temperature: ComparedTemperature) => Value,
): Record<ComparedTemperature, Value> =>
  Object.fromEntries(comparedTemperatures.map((one) => [one, value(one)])) as Record<
    ComparedTemperature,
    Value
  >;
