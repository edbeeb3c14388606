/** Detectors by name, with their default options. To add one, write its file and name it here. */
import type { Detector } from "./detector.js";
import { spectralSignature } from "./spectral-signature.js";

export const detectors: Readonly<Record<string, Detector>> = {
  "spectral-signature": spectralSignature(),
};
