/** Every registry by its file under src, with the names in it: what can be chosen, and what can be added to. */

import { temperatureKinds } from "../../src/calibration/index.js";
import { layouts } from "../../src/dataset/index.js";
import { labelModes } from "../../src/labels/label-mode.js";
import { architectures } from "../../src/network/index.js";
import { detectors } from "../../src/ood/detectors/index.js";
import { thresholds } from "../../src/ood/thresholds/index.js";
import { normaliserSteps } from "../../src/preparation/normalisers/index.js";
import { FORMATS } from "../../src/sources/registry.js";
import { corruptions } from "../../src/study/corruptions/index.js";
import { strategies } from "../../src/study/protocol/study-result.js";
import { intensityTransforms, spatialTransforms } from "../../src/training/augmentation/registry.js";
import { losses } from "../../src/training/losses/index.js";
import { optimisers } from "../../src/training/optimisers/index.js";
import { policies } from "../../src/training/sampling/policies/index.js";
import { schedules } from "../../src/training/schedules/index.js";
import { modalities } from "../../src/volume/index.js";

export const registries: Readonly<Record<string, readonly string[]>> = {
  "sources/registry.ts": FORMATS.map(({ name }) => name),
  "graph/operators/index.ts": [],
  "report/sections/index.ts": [],
  "report/study/sections/index.ts": [],
  "cli/commands.ts": [],
  "volume/modality.ts": modalities,
  "network/network.ts": Object.keys(architectures),
  "preparation/normalisers/index.ts": Object.keys(normaliserSteps),
  "labels/label-mode.ts": labelModes,
  "ood/detectors/index.ts": Object.keys(detectors),
  "ood/thresholds/index.ts": Object.keys(thresholds),
  "calibration/temperatures/index.ts": Object.keys(temperatureKinds),
  "dataset/layouts/index.ts": layouts.map(({ name }) => name),
  "training/losses/index.ts": Object.keys(losses),
  "training/optimisers/index.ts": Object.keys(optimisers),
  "training/schedules/index.ts": Object.keys(schedules),
  "training/sampling/policies/index.ts": Object.keys(policies),
  "training/augmentation/registry.ts": [
    ...Object.keys(spatialTransforms),
    ...Object.keys(intensityTransforms),
  ],
  "study/corruptions/index.ts": Object.keys(corruptions),
  "study/protocol/study-result.ts": strategies,
};
