/** A prediction as DICOM segmentation: the bundle's organs as segments, and the verdict where people see it. */
import { maskLabels } from "../labels/index.js";
import { encodeSegmentation, referableSeries, type VolumeSource } from "../sources/index.js";
import type { Bundle } from "./bundle.js";
import type { ImagePrediction } from "./predict-image.js";
import { verdictFigures } from "./verdict-figures.js";

/** A prediction, and what it belongs to. */
export interface Result {
  /** What messages call the image. */
  readonly name: string;
  readonly bundle: Bundle;
  readonly source: VolumeSource;
  readonly prediction: Pick<ImagePrediction, "labels" | "confidence" | "verdict" | "warnings">;
}

const titles = { labels: "Segmentation", confidence: "Confidence of segmentation" } as const;

/** The file's bytes: `labels` binary, `confidence` fractional. @throws UserError where it cannot be written */
export function encodeDicomResult(
  what: keyof typeof titles,
  { name, bundle, source, prediction }: Result,
): Uint8Array {
  const { labels, confidence, verdict } = prediction;
  const segments = maskLabels(bundle.labels, bundle.labels.organs).map(({ value, name: label, organs }) => ({
    label,
    names: organs,
    voxels: labels.data,
    value,
  }));
  return encodeSegmentation(
    {
      name,
      segments,
      ...(what === "confidence" && { confidence: confidence.data }),
      algorithm: {
        name: bundle.card.name,
        version: bundle.card.version,
        fingerprint: bundle.fingerprint,
      },
      title: `${titles[what]}: ${verdict.foreign ? "FOREIGN IMAGE" : "trusted image"}`,
      description: spokenTrust(prediction, source.warnings),
    },
    referableSeries(source, name),
  );
}

/** How far to trust the segments, for people. */
function spokenTrust({ verdict, warnings }: Result["prediction"], found: readonly string[]): string {
  const said = verdict.foreign
    ? "FOREIGN IMAGE, unlike those that the network was trained on: do not rely on this segmentation"
    : "Trusted image, like those that the network was trained on";
  // Before everything that may be cut off: the field is short.
  const reason = verdict.reason === undefined ? [] : [`What raised this: ${verdict.reason}.`];
  return [`${said} (${verdictFigures(verdict)}).`, ...reason, ...warnings, ...found].join(" ");
}
