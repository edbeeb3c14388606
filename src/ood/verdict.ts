/** The guard's verdict on one image, and which part raised it, in words. */
import type { GuardPart } from "./guard-parts.js";
import type { StrangeAxis } from "./roughness-model.js";
import type { SignatureScore } from "./signature-model.js";
import type { ThresholdChoice } from "./thresholds/index.js";

/** What one part of the guard says of an image. */
export interface PartVerdict {
  /** In the part's own unit; larger is more foreign. */
  readonly measure: number;
  /** By the mean and deviation of the calibration images. */
  readonly standardised: number;
  /** Conformal p-value of the measure among the calibration images' measures of this part. */
  readonly pValue: number;
  /** What is said of the image where this part raises the verdict. */
  readonly words: string;
}

/** What the guard says of one image, and the figures behind it. */
export interface Verdict extends SignatureScore {
  /** Of all parts together; of the signature in guards that look at nothing else. */
  readonly measure: number;
  /** The measure is above the threshold. With the conformal rule and no confidence asked for: the p-value is at most alpha. */
  readonly foreign: boolean;
  /** Conformal p-value of the measure among the calibration measures, whatever the threshold's rule. */
  readonly pValue: number;
  readonly threshold: number;
  readonly parts: Readonly<Partial<Record<GuardPart, PartVerdict>>>;
  /** The parts that raised the verdict; none where the image is trusted. */
  readonly raisedBy: readonly GuardPart[];
  /** That in words; absent where the image is trusted. */
  readonly reason?: string;
}

/** What the axes of prepared images are called, as in "resolution ... is lower". */
export type AxisNames = readonly [string, string, string];

export const UNNAMED_AXES: AxisNames = [
  "along the first axis",
  "along the second axis",
  "along the third axis",
];

/** Without a promised rate of false alarms, a part is taken to have raised a verdict at this p-value. */
const USUAL_ALPHA = 0.1;

/** The part that is strangest, and every other whose own p-value is no larger than the promise. */
function raisingParts(parts: Verdict["parts"], alpha: number = USUAL_ALPHA): GuardPart[] {
  const all = Object.entries(parts) as [GuardPart, PartVerdict][];
  const strangest = Math.max(...all.map(([, { standardised }]) => standardised));
  return all
    .filter(
      ([, { standardised, pValue }]) => standardised === strangest || (standardised > 0 && pValue <= alpha),
    )
    .map(([part]) => part);
}

/** Of an image that is trusted. */
export const NOTHING_RAISED = { raisedBy: [] } as const satisfies Pick<Verdict, "raisedBy" | "reason">;

/** Which parts raised the verdict on a foreign image, and that in words. */
export function raised(
  parts: Verdict["parts"],
  choice: ThresholdChoice,
): Pick<Verdict, "raisedBy" | "reason"> {
  const raisedBy = raisingParts(parts, choice.rule === "conformal" ? choice.alpha : undefined);
  const sentences = raisedBy.map((part) =>
    part === "doubt" && !raisedBy.includes("signature")
      ? "familiar image, doubtful mask"
      : parts[part]!.words,
  );
  return { raisedBy, reason: sentences.join("; ") };
}

/** What each part says where it raises a verdict. */
export const partWords = (strange: StrangeAxis, axes: AxisNames): Record<GuardPart, string> => ({
  signature: SIGNATURE_WORDS,
  roughness: roughnessInWords(strange, axes),
  doubt: "the mask is doubtful",
});

export const SIGNATURE_WORDS = "the image's features are foreign";

function roughnessInWords({ axis, beyond }: StrangeAxis, axes: AxisNames): string {
  const where = axes[axis];
  if (beyond === "smoother") return `resolution ${where} is lower than in any training image`;
  if (beyond === "rougher") return `the image is rougher ${where} than any training image`;
  return `resolution ${where} differs from that of the training images`;
}
