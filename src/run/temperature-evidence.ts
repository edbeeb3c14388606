/** What a bundle's temperature is fitted to, and what the bundle says of the fit: for runs and adopted networks alike. */
import type { Calibration } from "../bundle/index.js";
import {
  type CalibrationCase,
  fitAlternatives,
  logitsOf,
  type TemperatureFitter,
  temperatureKinds,
} from "../calibration/index.js";
import { channelTargets, type TargetLayout } from "../labels/index.js";
import { channelOf, type Volume } from "../volume/index.js";
import type { Configuration } from "./configuration.js";

/**
 * One image: every organ of every image counts the same.
 *
 * @param reference value n of its target is the n-th of its organs
 */
export function addEvidence(
  fitter: TemperatureFitter,
  probabilities: Volume<Float32Array>,
  reference: { readonly target: Uint8Array; readonly organs: readonly string[] },
  layout: TargetLayout,
): void {
  for (const { channel, labels } of channelTargets(reference, layout)) {
    fitter.add({ logits: logitsOf(channelOf(probabilities, channel)), reference: labels, weight: 1 });
  }
}

/** @param images that were added; without any there is nothing that a temperature could honestly be fitted to */
export function calibrationOf(fitter: TemperatureFitter, images: number): Calibration {
  const fit = images > 0 ? fitter.fit() : undefined;
  return {
    temperature: fit?.temperature ?? 1,
    images,
    nllBefore: fit?.nllBefore,
    nllAfter: fit?.nllAfter,
    atBound: fit?.atBound ?? undefined,
  };
}

/**
 * The calibration of one network of a bundle, with what its images say of other temperatures than the pooled one.
 *
 * @param cases.own of the network: signatures of different networks are not comparable
 * @param cases.all of all networks of an ensemble, for temperatures that no signature decides
 */
export function withAlternatives(
  calibration: Calibration,
  cases: { readonly own: readonly CalibrationCase[]; readonly all: readonly CalibrationCase[] },
  { calibration: { temperature: applied } }: Pick<Configuration, "calibration">,
): Calibration {
  if (cases.all.length === 0) return calibration;
  const { temperature: pooled } = calibration;
  const alternatives = {
    ...fitAlternatives(cases.own, pooled),
    dataset: temperatureKinds.dataset.fit(cases.all, pooled),
  };
  return { ...calibration, ...(applied !== "pooled" && { applied }), alternatives };
}
