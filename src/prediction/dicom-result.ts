/** A prediction as DICOM segmentation: the bundle's organs as segments, and the verdict where people see it. */
import type { Bundle, ImagePrediction } from "../bundle/index.js";
import { maskLabels } from "../labels/index.js";
import { encodeSegmentation, referableSeries, type VolumeSource } from "../sources/index.js";
import { verdictFigures } from "./spoken-verdict.js";

/** A prediction, and what it belongs to. */
export interface Result {
  /** What messages call the image. */
  readonly name: string;
  readonly bundle: Bundle;
  readonly source: VolumeSource;
  readonly prediction: ImagePrediction;
}

const titles = { labels: "Segmentation", confidence: "Confidence of segmentation" } as const;

/** The file's bytes: `labels` binary, `confidence` fractional. @throws UserError where it cannot be written */
export function encodeDicomResult(
  what: keyof typeof titles,
  { name, bundle, source, prediction }: Result,
): Uint8Array {
  const { labelMode, organs } = bundle.labels;
  const { labels, confidence, verdict } = prediction;
  const segments = maskLabels(labelMode, organs).map(({ value, organs: names }) => ({
    label: names.join(" or "),
    names,
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
function spokenTrust({ verdict, warnings }: ImagePrediction, found: readonly string[]): string {
  const said = verdict.foreign
    ? "FOREIGN IMAGE, unlike those that the network was trained on: do not rely on this segmentation"
    : "Trusted image, like those that the network was trained on";
  return [`${said} (${verdictFigures(verdict)}).`, ...warnings, ...found].join(" ");
}
