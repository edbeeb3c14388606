/** The report's sections in their order. */
import { accuracy } from "./accuracy.js";
import { calibration } from "./calibration.js";
import { datasets } from "./datasets.js";
import { guard } from "./guard.js";
import { provenance } from "./provenance.js";
import type { Section } from "./section.js";
import { signatures } from "./signatures.js";
import { slices } from "./slices.js";
import { summary } from "./summary.js";
import { training } from "./training.js";

export const sections: readonly Section[] = [
  summary,
  datasets,
  training,
  accuracy,
  slices,
  calibration,
  guard,
  signatures,
  provenance,
];
