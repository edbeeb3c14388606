/** The temperature of one image in the eyes of one network of a bundle. */
import { type ImageToScale, type TemperatureKindName, temperatureOf } from "../calibration/index.js";
import { type LayerStatistics, modelSignatures, type Verdict } from "../ood/index.js";
import type { BundleNetwork } from "./bundle.js";

/** What a network saw of an image, and what its guard says of it. */
export interface SeenByNetwork {
  readonly layers: Readonly<Record<string, LayerStatistics>>;
  readonly verdict: Verdict;
}

/** Signatures of an image at all layers of the guard, one after the other. */
export const jointSignature = (
  { guard }: Pick<BundleNetwork, "guard">,
  layers: SeenByNetwork["layers"],
): Float64Array =>
  Float64Array.from(
    modelSignatures(guard, { dataset: "", id: "", subject: "", layers }).flatMap((one) => [...one]),
  );

/** The temperature that the bundle's pipeline scales by. */
export function appliedTemperature(network: BundleNetwork, seen: SeenByNetwork): number {
  const { applied = "pooled", temperature } = network.calibration;
  return applied === "pooled" ? temperature : temperatureByKind(network, seen, { kind: applied });
}

/**
 * The temperature that another kind gives; the pooled one where that was not fitted.
 *
 * @param asked.dataset known in comparisons alone
 */
export function temperatureByKind(
  network: BundleNetwork,
  { layers, verdict }: SeenByNetwork,
  asked: { readonly kind: TemperatureKindName; readonly dataset?: string },
): number {
  const { alternatives, temperature } = network.calibration;
  if (alternatives?.[asked.kind] === undefined) return temperature;
  const image: ImageToScale = {
    signature: jointSignature(network, layers),
    refused: verdict.foreign,
    dataset: asked.dataset,
  };
  return temperatureOf(asked.kind, alternatives, image, temperature);
}
