import * as z from "zod";
import { UserError } from "../base/index.js";

/**
 * What an evaluation hands to the report: plain JSON, so that a report can be drawn again from `report.json` without
 * the images. Every list may be empty or left out; the report then leaves out what it would have shown.
 *
 * JSON has no NaN: a number that is not defined (a surface distance to an empty mask, the mean confidence of an empty
 * bin, the threshold when there are too few images for one) is `null`.
 */

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const length = z.number().min(0);

const datasetSchema = z.strictObject({
  name: z.string(),
  /** "CT", "MR", "PET", "US" or whatever the evaluation calls it. */
  modality: z.string(),
  organs: z.array(z.string()).default([]),
  /** How many cases each part of the split holds. */
  cases: z.strictObject({ train: count, validation: count, test: count }),
  /** Licence of the images, as the dataset states it. */
  licence: z.string().optional(),
});

const curvePointSchema = z.strictObject({
  /** Update number, from 0 or 1. */
  step: count,
  trainLoss: z.number().optional(),
  validationLoss: z.number().optional(),
  /** Mean Dice over a dataset's validation cases, by dataset name. */
  validationDice: z.record(z.string(), fraction).optional(),
  learningRate: z.number().min(0).optional(),
});

const caseAccuracySchema = z.strictObject({
  dataset: z.string(),
  case: z.string(),
  organ: z.string(),
  dice: fraction.nullable(),
  /** Dice coefficient of the reference with itself after the prepared grid and back. */
  ceiling: fraction.nullable().optional(),
  /** 95th-percentile Hausdorff distance in mm; null when one of the masks is empty. */
  hd95: length.nullable(),
  /** Average symmetric surface distance in mm; null when one of the masks is empty. */
  assd: length.nullable(),
  /** Predicted volume in ml. */
  volumeMl: length,
  /** Reference volume in ml. */
  referenceMl: length,
});

/** A mean over cases with the ends of its 95 % interval; null where no case has a value. */
const intervalSchema = z.strictObject({
  mean: z.number(),
  low: z.number(),
  high: z.number(),
});

const accuracySummarySchema = z.strictObject({
  dataset: z.string(),
  organ: z.string(),
  /** Test cases the summary is over. */
  cases: count,
  dice: intervalSchema.nullable(),
  /** Mean Dice coefficient of references with themselves after the prepared grid and back. */
  ceiling: fraction.nullable().optional(),
  /** mm, over the cases where it is defined. */
  hd95: intervalSchema.nullable(),
  assd: intervalSchema.nullable(),
});

const regionSchema = z.enum(["whole", "box10mm"]);

const calibrationErrorsSchema = z.strictObject({
  ece: fraction,
  adaptiveEce: fraction,
  /** Average calibration error: each bin counts the same. Left out by reports of earlier versions. */
  ace: fraction.optional(),
  mce: fraction,
  brier: fraction,
  /** Negative log-likelihood, nats a voxel. */
  nll: z.number().min(0),
});

const calibrationRowSchema = z.strictObject({
  dataset: z.string(),
  /** "whole" image, or the reference's bounding box dilated by 10 mm. */
  region: regionSchema,
  before: calibrationErrorsSchema,
  /** After temperature scaling; left out when no temperature was fitted. */
  after: calibrationErrorsSchema.optional(),
  /** What a perfectly calibrated network of these probabilities would show by chance. */
  expected: z.strictObject({ ece: fraction, adaptiveEce: fraction, ace: fraction }).optional(),
});

/** Held-out volumes near the organ, at one kind of temperature. */
const temperatureRowSchema = z.strictObject({
  dataset: z.string(),
  /** "none", "pooled": one for all images, "signature": by the image's signature, "dataset": told the dataset. */
  temperature: z.enum(["none", "pooled", "signature", "dataset"]),
  ece: fraction,
  adaptiveEce: fraction,
  ace: fraction,
  nll: z.number().min(0),
});

const binSchema = z.strictObject({
  /** Mean probability of the voxels in the bin; null when it is empty. */
  confidence: fraction.nullable(),
  /** Share of those voxels that are foreground in the reference; null when the bin is empty. */
  frequency: fraction.nullable(),
  /** Voxels in the bin. */
  count: z.number().min(0),
});

const reliabilitySchema = z.strictObject({
  region: regionSchema,
  before: z.array(binSchema),
  after: z.array(binSchema).optional(),
});

const signatureSchema = z.strictObject({
  /** Dataset, or the source of a foreign image. */
  dataset: z.string(),
  case: z.string(),
  role: z.enum(["train", "validation", "test", "foreign"]),
  layer: z.string(),
  /** Normalised log singular values, largest first, one a channel of the layer. */
  values: z.array(z.number()).min(1),
});

const scoreSchema = z.strictObject({
  /** Dataset of an image like the training images; for a foreign one, where it is from or what was done to it. */
  source: z.string(),
  case: z.string(),
  /** "in": like the training images; "near": such an image, corrupted; "far": another organ, modality or species. */
  kind: z.enum(["in", "near", "far"]),
  /** Distance from the training images; larger is stranger. */
  measure: z.number(),
  pValue: fraction.nullable(),
  /** The verdict. */
  foreign: z.boolean(),
  /** The training image it resembles most. */
  nearest: z.strictObject({ dataset: z.string(), case: z.string() }).nullable(),
  /** Dice of this image's segmentation, where a reference exists: shows which failures were caught. */
  dice: fraction.optional(),
});

const detectionSchema = z.strictObject({
  /** Which foreign images are told from those of kind "in". */
  kind: z.enum(["near", "far", "all"]),
  auroc: fraction.nullable(),
  aupr: fraction.nullable(),
  /** Share of images of kind "in" called foreign where 95 % of foreign ones are. */
  fprAt95: fraction.nullable(),
});

const oodSchema = z.strictObject({
  /** Name of the detector as a reader should see it, such as "spectral signature, per-voxel, all layers". */
  detector: z.string(),
  /** False-alarm rate the threshold was fitted for; null for thresholds that promise none. */
  alpha: fraction.nullable(),
  /** An image is foreign above this; null when the training images are too few for a finite one. */
  threshold: z.number().nullable(),
  scores: z.array(scoreSchema).default([]),
  detection: z.array(detectionSchema).default([]),
});

const sliceSchema = z
  .strictObject({
    title: z.string(),
    dataset: z.string(),
    case: z.string(),
    plane: z.enum(["axial", "coronal", "sagittal"]),
    /** Pixels across and down. */
    width: z.int().min(1).max(4096),
    height: z.int().min(1).max(4096),
    /** Size of a pixel in mm, across and down. */
    pixelMm: z.tuple([z.number().positive(), z.number().positive()]),
    /** Letters at the left, right, top and bottom edges: the side of the patient that lies there. */
    edges: z.strictObject({ left: z.string(), right: z.string(), top: z.string(), bottom: z.string() }),
    /** The grey picture: base64 of a PNG of width x height pixels. */
    png: z.base64(),
    /**
     * Masks as run lengths, rows from the top, left to right: the number of pixels outside, then inside, then outside,
     * ... ; the runs add up to width x height.
     */
    reference: z.array(count).optional(),
    prediction: z.array(count).optional(),
  })
  .superRefine((slice, context) => {
    for (const mask of ["reference", "prediction"] as const) {
      const runs = slice[mask];
      if (runs && runs.reduce((sum, run) => sum + run, 0) !== slice.width * slice.height)
        context.addIssue({ code: "custom", path: [mask], message: "runs do not add up to width x height" });
    }
  });

export const reportDataSchema = z.strictObject({
  /** Version of this structure. */
  version: z.literal(1).default(1),
  title: z.string(),
  /** When the evaluation ended, ISO 8601 with offset. */
  created: z.iso.datetime({ offset: true }),
  /** Commit of sureseg that made the numbers. */
  commit: z.string().optional(),
  /** Processor, accelerator, operating system and versions, in a line. */
  machine: z.string().optional(),
  /** The resolved configuration as text (YAML or JSON). */
  configuration: z.string().default(""),
  datasets: z.array(datasetSchema).default([]),
  curves: z.array(curvePointSchema).default([]),
  accuracy: z
    .strictObject({
      cases: z.array(caseAccuracySchema).default([]),
      summaries: z.array(accuracySummarySchema).default([]),
    })
    .prefault({}),
  calibration: z
    .strictObject({
      /** Divides the logits; fitted on validation images. */
      temperature: z.number().positive().nullable().default(null),
      rows: z.array(calibrationRowSchema).default([]),
      temperatures: z.array(temperatureRowSchema).default([]),
      /** Reliability over all test images, by region. */
      reliability: z.array(reliabilitySchema).default([]),
    })
    .prefault({}),
  signatures: z.array(signatureSchema).default([]),
  ood: oodSchema.optional(),
  slices: z.array(sliceSchema).default([]),
});

/** Report data as the evaluation writes them: parts may be left out. */
export type ReportInput = z.input<typeof reportDataSchema>;
/** Report data with every default filled in. */
export type ReportData = z.output<typeof reportDataSchema>;
export type ReportDataset = ReportData["datasets"][number];
export type CurvePoint = ReportData["curves"][number];
export type CaseAccuracy = ReportData["accuracy"]["cases"][number];
export type AccuracySummary = ReportData["accuracy"]["summaries"][number];
export type TemperatureRow = z.output<typeof temperatureRowSchema>;
export type CalibrationRow = ReportData["calibration"]["rows"][number];
export type Reliability = ReportData["calibration"]["reliability"][number];
export type Region = Reliability["region"];
export type SignatureRow = ReportData["signatures"][number];
export type OodData = NonNullable<ReportData["ood"]>;
export type OodScore = OodData["scores"][number];
export type SliceData = ReportData["slices"][number];

/**
 * Checks what was read or made against the schema and fills in the defaults. Throws a UserError naming `subject` and
 * the fields at fault.
 */
export function parseReportData(value: unknown, subject = "report data"): ReportData {
  const result = reportDataSchema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError({
    subject,
    found: z.prettifyError(result.error).replaceAll("\n", " "),
    expected: "the structure that `sureseg evaluate` writes",
    advice: "Run the evaluation again with this version, or mend the named fields.",
  });
}
