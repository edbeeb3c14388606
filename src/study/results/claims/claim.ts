/** What claims have in common: whose they are, how an interval decides them, and how numbers are told. */
import type { Interval } from "../../../evaluation/statistics/index.js";
import type {
  CaseRow,
  Claim,
  Comparison,
  PromiseRow,
  ScoreRow,
  StudyResult,
} from "../../protocol/study-result.js";

/** What claims are judged by. */
export interface Findings {
  readonly cases: readonly CaseRow[];
  readonly comparisons: readonly Comparison[];
  readonly matrix: StudyResult["matrix"];
  readonly promises: readonly PromiseRow[];
  /** Of every detector. */
  readonly scores: readonly ScoreRow[];
  /** Training volumes by dataset. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Promised rate of false alarms. */
  readonly alpha: number;
}

/** A claim before it is judged. */
export type Statement = Pick<Claim, "name" | "claimant" | "statement">;

export type Verdict = Claim["verdict"];

/** Seed of every bootstrap: the same numbers give the same verdict. */
export const SEED = 1;

/** A claim of which this study says nothing. */
export const undecidable = (statement: Statement, reason: string): Claim => ({
  ...statement,
  verdict: "undecided",
  evidence: `This study cannot decide it: ${reason}.`,
});

/** Met when the whole interval lies above the bound, not met when it lies below. */
export const judgedAbove = ({ low, high }: Interval, bound: number): Verdict =>
  low > bound ? "met" : high < bound ? "not met" : "undecided";

/** Met when the whole interval lies at the bound or above, not met when it lies below. */
export const judgedAtLeast = ({ low, high }: Interval, bound: number): Verdict =>
  low >= bound ? "met" : high < bound ? "not met" : "undecided";

/** Met when the whole interval lies below the bound, not met when it lies above. */
export const judgedBelow = ({ low, high }: Interval, bound: number): Verdict =>
  high < bound ? "met" : low > bound ? "not met" : "undecided";

/** Whether the figure itself reaches an aim: an interval may leave open what the figure shows. */
export const reaches = (figure: number, aim: number): string =>
  figure >= aim ? "the figure itself reaches it" : "the figure itself does not reach it";

export const signed = (value: number, digits = 3): string =>
  `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const pText = (p: number | null): string =>
  p === null ? "not defined" : p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
