import { signatureForms } from "../signature.js";
import type { Detector } from "./detector.js";
import { spectralSignature } from "./spectral-signature.js";

/**
 * The signature's choices, so that a study can compare them: every form, with each layer alone and with all together.
 *
 * @param layers names of the network's layers
 * @returns detectors named `spectral-signature/FORM/LAYER`, and `spectral-signature/FORM/all` with two layers or more
 */
export function signatureVariants(layers: readonly string[]): Record<string, Detector> {
  const choices: [string, readonly string[]][] = layers.map((layer) => [layer, [layer]]);
  if (layers.length > 1) choices.push(["all", layers]);
  return Object.fromEntries(
    signatureForms.flatMap((form) =>
      choices.map(([name, chosen]) => [
        `spectral-signature/${form}/${name}`,
        spectralSignature({ form, layers: chosen }),
      ]),
    ),
  );
}
