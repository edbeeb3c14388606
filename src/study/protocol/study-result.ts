/**
 * What a study found: plain JSON, from which the report is drawn and drawn again.
 *
 * JSON has no NaN: what is not defined (a surface distance to an empty mask, a test of one pair) is `null`.
 */
import { z } from "zod";

export const strategies = ["dedicated", "transfer", "joint", "fine-tuned"] as const;
/**
 * - `dedicated`: one network a dataset, from random weights
 * - `transfer`: trained on the source dataset, then on the target
 * - `joint`: one network on all datasets at once
 * - `fine-tuned`: the joint network, trained on towards one dataset
 */
export type Strategy = (typeof strategies)[number];

export const measures = ["dice", "hd95", "assd", "ece", "adaptiveEce", "mce", "brier", "nll", "ace"] as const;
/**
 * Measures of one volume. Calibration is before temperature scaling, in the reference's box dilated by 10 mm, of the
 * volume's own voxels: means over volumes are means of these, never errors of pooled voxels.
 */
export type Measure = (typeof measures)[number];

const number = z.number();
const maybe = z.number().nullable();
const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const strategy = z.enum(strategies);

/** Errors after scaling, by temperature: one for all images, by the image's signature, told the dataset; and by chance alone. */
export const scaledMeasures = [
  "eceScaled",
  "eceSignature",
  "eceTold",
  "aceScaled",
  "aceSignature",
  "aceTold",
  "eceByChance",
] as const;

const calibration = z.strictObject({
  ece: maybe,
  adaptiveEce: maybe,
  /** Absent in results of earlier versions, as the other temperatures are. */
  ace: maybe.default(null),
  mce: maybe,
  brier: maybe,
  nll: maybe,
});

/** One held-out volume segmented by one network. */
const caseRow = z.strictObject({
  strategy,
  dataset: z.string(),
  case: z.string(),
  subject: z.string(),
  fold: count,
  seed: count,
  dice: fraction,
  /** Dice coefficient of the reference with itself after the prepared grid and back; null or absent where unknown. */
  ceiling: fraction.nullable().optional(),
  /** mm; null where one of the masks is empty. */
  hd95: maybe,
  assd: maybe,
  /** In the box around the reference. */
  box: calibration,
  boxScaled: calibration,
  /** Scaled by the temperature that depends on the image's signature. */
  boxSignature: calibration.optional(),
  /** Scaled by the temperature of the image's dataset, which the other two are not told. */
  boxTold: calibration.optional(),
  /** Expected calibration error of a perfectly calibrated network of the scaled probabilities, in the box. */
  eceByChance: maybe.optional(),
  whole: calibration,
  wholeScaled: calibration,
});

/** A mean over held-out volumes (each averaged over seeds first), with its 95 % bootstrap interval; none of one volume. */
const summaryRow = z.strictObject({
  strategy,
  dataset: z.string(),
  measure: z.enum([...measures, ...scaledMeasures]),
  volumes: count,
  mean: number,
  low: maybe,
  high: maybe,
});

const interval = z.strictObject({ low: number, high: number });

/** Two strategies on the same volumes: differences first - second. */
const comparison = z.strictObject({
  first: strategy,
  second: strategy,
  measure: z.enum([...measures, ...scaledMeasures]),
  /** A dataset, or null for all volumes together. */
  dataset: z.string().nullable(),
  pairs: count,
  /** Pairs left out because a value is not defined. */
  dropped: count.default(0),
  difference: number,
  low: maybe,
  high: maybe,
  wilcoxon: maybe,
  tTest: maybe,
  /** 95 % intervals that know what belongs together: see `clusterInterval`. Null where nothing is known of the spread. */
  theseDatasets: interval.nullable().default(null),
  newDataset: interval.nullable().default(null),
  /** Wilcoxon's p-value after Holm's correction over the family of datasets; null for all volumes together. */
  holm: maybe,
});

/** Who told which images from the held-out ones. */
const detection = z.strictObject({
  /** `joint`, `dedicated` (mean over its networks) or `leave-out`. */
  network: z.enum(["joint", "dedicated", "leave-out"]),
  detector: z.string(),
  kind: z.enum(["near", "far"]),
  /** Corruption's name, left-out dataset or source of foreign images; null for all of the kind. */
  source: z.string().nullable(),
  /** 1 to 3 for corruptions. */
  severity: z.int().min(1).max(3).nullable(),
  inside: count,
  foreign: count,
  auroc: fraction.nullable(),
  aupr: fraction.nullable(),
  fprAt95: fraction.nullable(),
  /** Of the corrupted images: those that score higher than their own original. Null for far images. */
  aboveOriginal: fraction.nullable(),
});

/** Verdicts at the threshold fitted to in-distribution images, over the networks that have enough of them for one. */
const atThreshold = z.strictObject({
  network: z.enum(["joint", "dedicated", "leave-out"]),
  detector: z.string(),
  /** Promised false-alarm rate. */
  alpha: fraction,
  inside: count,
  falseAlarms: count,
  far: count,
  farCaught: count,
  near: count,
  nearCaught: count,
});

const score = z.strictObject({
  network: z.string(),
  detector: z.string(),
  /** Dataset or source of foreign images. */
  source: z.string(),
  case: z.string(),
  /** The patient; absent in results of earlier versions. */
  subject: z.string().optional(),
  kind: z.enum(["in", "near", "far"]),
  corruption: z.string().nullable(),
  severity: z.int().nullable(),
  fold: count,
  seed: count,
  score: number,
  /** Null where so few images say what is usual that none could be refused at the promised rate. */
  pValue: fraction.nullable(),
  /** Of this image's segmentation, where a reference exists. */
  dice: fraction.nullable(),
});

/** Images in the order of a detector's trust, the most trusted first. */
const riskCoverage = z.strictObject({
  detector: z.string(),
  /** Coverage (share of images kept) and risk (mean of 1 - Dice over those kept). */
  points: z.array(z.tuple([fraction, fraction])),
  /** Area under the curve; smaller is better. */
  aurc: fraction,
  /** That area above the one of the order by Dice itself. */
  excess: fraction,
  /** Dice lost, on average over the corrupted images, by those that pass where 95 % of the whole ones pass. */
  drop: maybe,
  images: count,
  /** Images with Dice below 0.5, and how many of them the detector refuses at its threshold; null without one. */
  failures: count,
  /** How well the detector tells those from the others; null without both kinds. */
  failureAuroc: fraction.nullable(),
  failuresCaught: count.nullable(),
});

/** Whether one network's guard kept its promise on held-out images that calibrated nothing. */
const promise = z.strictObject({
  network: z.string(),
  detector: z.string(),
  /** Promised false-alarm rate. */
  alpha: fraction,
  /** Whose scores drew the threshold: held-out images, or the training images, each left out. */
  calibratedBy: z.enum(["held-out", "leave-one-out"]),
  /** n; the threshold is the k-th largest of their scores. */
  calibrationImages: z.int().min(1),
  /** k. */
  rank: z.int().min(1),
  inside: count,
  falseAlarms: count,
  /** Of so many false alarms or more where the promise is kept, by the beta-binomial law: see `falseAlarmsUpperTail`. */
  pValue: fraction,
});

export const claimants = ["first abstract", "paper", "journal", "paper and journal", "project"] as const;
/**
 * - `first abstract`: of arXiv 2004.06569
 * - `paper`: its text
 * - `journal`: the abstract in IEEE Transactions on Artificial Intelligence 4(2), 2023, which claims less
 * - `project`: what this project aims at or promises
 */
export type Claimant = (typeof claimants)[number];

const claim = z.strictObject({
  name: z.string(),
  /** Whose it is. */
  claimant: z.enum(claimants).default("paper"),
  /** What is claimed, in a sentence. */
  statement: z.string(),
  verdict: z.enum(["met", "not met", "undecided"]),
  /** The numbers and the test behind the verdict. */
  evidence: z.string(),
});

export const studyResultSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  created: z.iso.datetime({ offset: true }),
  commit: z.string().optional(),
  machine: z.string().optional(),
  configuration: z.string(),
  /** Seconds of work, added up over all units. */
  seconds: number,
  datasets: z.array(
    z.strictObject({
      name: z.string(),
      modality: z.string(),
      organ: z.string(),
      volumes: count,
      subjects: count,
      licence: z.string().nullable(),
    }),
  ),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      strategy: z.string(),
      datasets: z.array(z.string()),
      fold: count,
      seed: count,
      /** Updates done: fewer than asked for where validation no longer improved. */
      updates: count,
      /** Those behind the weights that were measured; absent in results of earlier versions. */
      bestUpdate: count.optional(),
      seconds: number,
    }),
  ),
  cases: z.array(caseRow),
  summaries: z.array(summaryRow),
  comparisons: z.array(comparison),
  detection: z.array(detection),
  thresholds: z.array(atThreshold),
  /** Of the shipped guard and the method's signature, by network; absent in results of earlier versions. */
  promises: z.array(promise).default([]),
  /** AUROC of the method's detector: dedicated network of the row's dataset, images of the column's as foreign. */
  matrix: z.strictObject({
    detector: z.string(),
    datasets: z.array(z.string()),
    auroc: z.array(z.array(fraction.nullable())),
  }),
  /** Of the shipped guard and of the method's detector; all detectors' scores go to a CSV file. */
  scores: z.array(score),
  riskCoverage: z.array(riskCoverage),
  claims: z.array(claim),
  notes: z.array(z.string()),
});

export type StudyResult = z.output<typeof studyResultSchema>;
export type CaseRow = StudyResult["cases"][number];
export type SummaryRow = StudyResult["summaries"][number];
export type Comparison = StudyResult["comparisons"][number];
export type DetectionRow = StudyResult["detection"][number];
export type ThresholdRow = StudyResult["thresholds"][number];
export type ScoreRow = StudyResult["scores"][number];
export type RiskCoverage = StudyResult["riskCoverage"][number];
export type PromiseRow = StudyResult["promises"][number];
export type Claim = StudyResult["claims"][number];

/** The guard that ships with every network: what is said of false alarms, refusals and failures is about it. */
export const SHIPPED_DETECTOR = "joined-guard";

/** The paper's detector: what is said of signatures is about it. Both were fixed before any foreign image was seen. */
export const METHOD_DETECTOR = "spectral-signature";

/** Detectors whose every score is in the result. */
export const keptDetectors: readonly string[] = [SHIPPED_DETECTOR, METHOD_DETECTOR];
