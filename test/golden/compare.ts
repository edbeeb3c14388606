/** What moved between a golden run and its record, a sentence each. */
import { type GoldenImage, type GoldenRun, hashOf } from "./golden-run.js";

/** How far a run on another machine may be from the record. */
export interface Tolerance {
  /** Of the weights: root mean square of the differences over that of the recorded ones. */
  readonly weights: number;
  /** Of the best validation loss, relative. */
  readonly loss: number;
  /** Of the means of voxels and of confidence, relative. */
  readonly mean: number;
  /** Share of a mask's voxels with another label. */
  readonly mask: number;
  /**
   * Of the standardised measures of the guard's parts: in standard deviations of the calibration images within one of their
   * mean, relative beyond.
   */
  readonly measure: number;
  /** Of the conformal p-value. */
  readonly pValue: number;
}

/** Nothing may move at all. */
export const exact: Tolerance = { weights: 0, loss: 0, mean: 0, mask: 0, measure: 0, pValue: 0 };

/**
 * About ten times what the WebAssembly kernels move against the native ones, over 60 updates, which is said beside each: far less than a change
 * of the method does, and enough for processors with other vector instructions. A verdict may not turn.
 */
export const otherMachine: Tolerance = {
  weights: 5e-3, // 4.6e-4
  loss: 1e-3, // 4.5e-5
  mean: 1e-3, // 3.0e-5, and none of the voxels
  mask: 0.01, // 8.7e-4
  measure: 0.1, // 0.025, and 0.010 relative
  pValue: 0.29, // 0.143: one of the six calibration images; two may change places with the image
};

export function whatMoved(found: GoldenRun, recorded: GoldenRun, tolerance: Tolerance): string[] {
  const strict = tolerance === exact;
  const moved: string[] = [];
  const check = (what: string, difference: number, allowed: number): void => {
    if (!(difference <= allowed)) moved.push(`${what} by ${difference.toPrecision(2)} (allowed ${allowed})`);
  };
  const same = (what: string, one: string, other: string): void => {
    if (strict && one !== other)
      moved.push(`${what}: hash ${one.slice(0, 12)} instead of ${other.slice(0, 12)}`);
  };
  same("the weights", hashOf(found.weights), hashOf(recorded.weights));
  check("the weights moved", relativeDistance(found.weights, recorded.weights), tolerance.weights);
  check("the best validation loss moved", relative(found.bestLoss, recorded.bestLoss), tolerance.loss);
  for (const [at, image] of found.images.entries()) {
    const before = recorded.images[at];
    if (before?.name !== image.name) moved.push(`${image.name} is not on record`);
    else compareImages(image, before, tolerance, { check, same, moved });
  }
  if (recorded.images.length > found.images.length) moved.push("images of the record are missing");
  return moved;
}

interface Findings {
  readonly check: (what: string, difference: number, allowed: number) => void;
  readonly same: (what: string, one: string, other: string) => void;
  readonly moved: string[];
}

function compareImages(
  found: GoldenImage,
  recorded: GoldenImage,
  tolerance: Tolerance,
  { check, same, moved }: Findings,
): void {
  const { name } = found;
  same(`the voxels of ${name}`, found.voxelsHash, recorded.voxelsHash);
  check(`the voxels of ${name} moved`, relative(found.voxelMean, recorded.voxelMean), tolerance.mean);
  same(`the confidence of ${name}`, found.confidenceHash, recorded.confidenceHash);
  const confidence = relative(found.confidenceMean, recorded.confidenceMean);
  check(`the confidence of ${name} moved`, confidence, tolerance.mean);
  same(`the mask of ${name}`, hashOf(found.mask), hashOf(recorded.mask));
  check(`the mask of ${name} changed`, shareChanged(found.mask, recorded.mask), tolerance.mask);
  for (const [part, measure] of Object.entries(recorded.standardised)) {
    const now = found.standardised[part] ?? Number.NaN;
    const difference = Math.abs(now - measure) / Math.max(1, Math.abs(measure));
    check(`the ${part} of ${name} moved`, difference, tolerance.measure);
  }
  check(`the p-value of ${name} moved`, Math.abs(found.pValue - recorded.pValue), tolerance.pValue);
  if (found.foreign !== recorded.foreign)
    moved.push(`${name} is now ${found.foreign ? "foreign" : "trusted"}, and was not`);
}

const relative = (found: number, recorded: number): number => Math.abs(found - recorded) / Math.abs(recorded);

function relativeDistance(found: Float32Array, recorded: Float32Array): number {
  if (found.length !== recorded.length) return Number.POSITIVE_INFINITY;
  let [difference, size] = [0, 0];
  for (let at = 0; at < found.length; at++) {
    difference += (found[at]! - recorded[at]!) ** 2;
    size += recorded[at]! ** 2;
  }
  return Math.sqrt(difference / size);
}

function shareChanged(found: Uint8Array, recorded: Uint8Array): number {
  if (found.length !== recorded.length) return Number.POSITIVE_INFINITY;
  return found.reduce((sum, label, at) => sum + Number(label !== recorded[at]), 0) / found.length;
}
