import { fitRoughness, scoreRoughness } from "../roughness-model.js";
import type { Detector } from "./detector.js";

/** The image's roughness along its axes: see ../roughness-model.ts. */
export const directionalRoughness = (): Detector => ({
  fit(training) {
    const { model } = fitRoughness(training);
    return { score: (evidence) => scoreRoughness(model, evidence).measure };
  },
});
