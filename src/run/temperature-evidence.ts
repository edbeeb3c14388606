/** What a bundle's temperature is fitted to, and what the bundle says of the fit: for runs and adopted networks alike. */
import type { Calibration } from "../bundle/index.js";
import { logitsOf, type TemperatureFitter } from "../calibration/index.js";
import { channelTargets, type TargetLayout } from "../labels/index.js";
import { channelOf, type Volume } from "../volume/index.js";

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
