/** What an evaluation found: plain JSON. */
import type { Verdict } from "../ood/index.js";
import type { Volume } from "../volume/index.js";
import type { CalibrationRow, ReliabilityRow } from "./calibration-summary.js";
import type { MeasuredOrgan } from "./measure-case.js";
import type { TemperatureRow } from "./temperature-comparison.js";

/** One organ of one held-out volume. */
export interface CaseResult extends Omit<MeasuredOrgan, "calibration"> {
  readonly dataset: string;
  readonly case: string;
  readonly verdict: Verdict;
}

export interface ForeignResult {
  readonly source: string;
  readonly case: string;
  readonly verdict: Verdict;
}

/** Signature of one image at one of the guard's layers. */
export interface SignatureRow {
  readonly dataset: string;
  readonly case: string;
  readonly role: "train" | "test" | "foreign";
  readonly layer: string;
  readonly values: readonly number[];
}

export interface Evaluation {
  readonly created: string;
  /** SHA-256 of the bundle's manifest: which bundle was evaluated. */
  readonly bundle: string;
  readonly temperature: number;
  readonly cases: readonly CaseResult[];
  readonly calibration: readonly CalibrationRow[];
  /** Temperatures against each other, near the organ; empty where the bundle has but one. */
  readonly temperatures: readonly TemperatureRow[];
  readonly reliability: readonly ReliabilityRow[];
  readonly foreign: readonly ForeignResult[];
  readonly signatures: readonly SignatureRow[];
  /** Far images against held-out ones; absent without either. */
  readonly detection?: { readonly auroc: number; readonly aupr: number; readonly fprAt95: number };
  readonly guard: {
    readonly alpha?: number;
    /** Share of held-out images called foreign; null where there is no held-out image. */
    readonly falseAlarmRate: number | null;
    /** Share of foreign images called foreign; null where there is none. */
    readonly caughtForeign: number | null;
  };
}

/** One image with what was drawn on it, all on the file's grid. */
export interface SeenImage {
  readonly dataset: string;
  readonly case: string;
  readonly image: Volume;
  /** Absent for foreign images. */
  readonly reference?: Volume<Uint8Array>;
  readonly prediction: Volume<Uint8Array>;
}

/** Called once an image, for the report's pictures; the first organ's masks where there are several. */
export type Witness = (seen: SeenImage) => void;
