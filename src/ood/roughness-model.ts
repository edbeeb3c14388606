/**
 * How unlike the training images an image is in its roughness along each axis (see roughness-features.ts), as plain data.
 *
 * Mahalanobis distance to the nearest dataset's mean under a covariance that all datasets share, judged by the spread of that
 * dataset (see dataset-scales.ts). It looks at the image alone, for what features of a network hardly show: resolution lost
 * along one axis.
 */
import { groupBy } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { type ColumnScaling, fitColumnScaling, scaleColumns } from "./column-scaling.js";
import { type DatasetScale, shrunkenScale, standardised } from "./dataset-scales.js";
import { requiredVector, trainingVectors } from "./detectors/required-evidence.js";
import { fitGaussianClasses, type GaussianClasses, mahalanobisDistance } from "./gaussian-classes.js";
import { type Standardisation, standardisationOf } from "./nearest.js";
import { FEATURES_PER_AXIS, SMOOTHNESS } from "./roughness-features.js";

export interface RoughnessModel {
  /** What brings features to one scale. */
  readonly scaling: ColumnScaling;
  /** Cholesky factor of the covariance that the datasets share, of scaled features. */
  readonly lower: readonly (readonly number[])[];
  /** Mean of each dataset, scaled, and the spread that distances to it are judged by. */
  readonly datasets: readonly (DatasetScale & { readonly centre: Float64Array })[];
  /** Of each feature, unscaled, over all training images. */
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** Of the axes of the prepared image, the one that is least like the nearest dataset. */
export interface StrangeAxis {
  readonly axis: 0 | 1 | 2;
  /** Beyond what any training image has along this axis: smoother, or rougher; `neither` where it is within. */
  readonly beyond: "smoother" | "rougher" | "neither";
}

export interface RoughnessScore extends StrangeAxis {
  readonly measure: number;
}

export interface RoughnessFit {
  readonly model: RoughnessModel;
  /** For each training image, its measure where distances are by a model fitted without any image of its patient. */
  readonly leaveOneOut: readonly number[];
}

const readRoughness = (evidence: CaseEvidence, length?: number): Float64Array =>
  requiredVector(evidence, "roughness", length);

/** @throws UserError where an image's roughness is missing or not finite */
export function fitRoughness(training: readonly CaseEvidence[]): RoughnessFit {
  const rows = trainingVectors(training, readRoughness);
  const { scaling, classes } = fitClasses(training, rows);
  const leftOut = distancesWithoutPatient(training, rows);
  const scales = scalesOf(training, leftOut);
  const model: RoughnessModel = {
    scaling,
    lower: classes.lower,
    datasets: scales.map((scale) => ({ ...scale, centre: classes.means.get(scale.dataset)! })),
    least: rows[0]!.map((_, at) => rows.reduce((least, row) => Math.min(least, row[at]!), Infinity)),
    most: rows[0]!.map((_, at) => rows.reduce((most, row) => Math.max(most, row[at]!), -Infinity)),
  };
  const leaveOneOut = leftOut.map((distances) =>
    Math.min(
      ...scales.flatMap((scale) => {
        const distance = distances.get(scale.dataset);
        return distance === undefined ? [] : [standardised(distance, scale)];
      }),
    ),
  );
  return { model, leaveOneOut };
}

/** @throws UserError where the image's roughness is missing, not finite or of other channels */
export function scoreRoughness(model: RoughnessModel, evidence: CaseEvidence): RoughnessScore {
  const features = readRoughness(evidence, model.least.length);
  const scaled = scaleColumns(model.scaling, features);
  const judged = model.datasets.map((dataset) => ({
    dataset,
    measure: standardised(mahalanobisDistance(scaled, dataset.centre, model.lower), dataset),
  }));
  const nearest = judged.reduce((best, next) => (next.measure < best.measure ? next : best));
  const { axis } = strangestAxis(scaled.map((value, at) => value - nearest.dataset.centre[at]!));
  return { measure: nearest.measure, axis, beyond: beyondTraining(model, features, axis) };
}

/** Places of one axis's features among those of all channels. */
const placesOf = (axis: number, length: number): number[] =>
  Array.from({ length }, (_, at) => at).filter((at) => Math.floor(at / FEATURES_PER_AXIS) % 3 === axis);

function strangestAxis(differences: Float64Array): { axis: 0 | 1 | 2 } {
  const strangeness = ([0, 1, 2] as const).map((axis) => ({
    axis,
    squares: placesOf(axis, differences.length).reduce((sum, at) => sum + differences[at]! ** 2, 0),
  }));
  return strangeness.reduce((most, next) => (next.squares > most.squares ? next : most));
}

function beyondTraining(
  { least, most }: RoughnessModel,
  features: Float64Array,
  axis: number,
): StrangeAxis["beyond"] {
  const smoothness = placesOf(axis, features.length).filter((at) => at % FEATURES_PER_AXIS === SMOOTHNESS);
  if (smoothness.some((at) => features[at]! > most[at]!)) return "smoother";
  return smoothness.some((at) => features[at]! < least[at]!) ? "rougher" : "neither";
}

interface FittedClasses {
  readonly scaling: ColumnScaling;
  readonly classes: GaussianClasses;
}

function fitClasses(training: readonly CaseEvidence[], rows: readonly Float64Array[]): FittedClasses {
  const scaling = fitColumnScaling(rows);
  const classes = fitGaussianClasses(
    rows.map((row) => scaleColumns(scaling, row)),
    training.map(({ dataset }) => dataset),
  );
  return { scaling, classes };
}

/** Of each image, its distance to every dataset that other patients have images of, by classes fitted to those. */
function distancesWithoutPatient(
  training: readonly CaseEvidence[],
  rows: readonly Float64Array[],
): Map<string, number>[] {
  const places = [...training.keys()];
  const found: Map<string, number>[] = [];
  for (const [patient, own] of groupBy(places, (at) => training[at]!.subject)) {
    const others = places.filter((at) => training[at]!.subject !== patient);
    const { scaling, classes } = fitClasses(
      others.map((at) => training[at]!),
      others.map((at) => rows[at]!),
    );
    for (const at of own) {
      const scaled = scaleColumns(scaling, rows[at]!);
      found[at] = new Map(
        [...classes.means].map(([name, mean]) => [name, mahalanobisDistance(scaled, mean, classes.lower)]),
      );
    }
  }
  return found;
}

/** The spread of each dataset: distances of its images to it, each fitted without its patient. */
function scalesOf(
  training: readonly CaseEvidence[],
  leftOut: readonly ReadonlyMap<string, number>[],
): DatasetScale[] {
  const ownOf = (dataset: string): number[] =>
    training.flatMap((evidence, at) =>
      evidence.dataset === dataset ? (leftOut[at]!.get(dataset) ?? []) : [],
    );
  const datasets = [...new Set(training.map(({ dataset }) => dataset))];
  const known = datasets.flatMap(ownOf);
  // Where every dataset is of one patient, none can be left out of its own.
  const all: Standardisation = standardisationOf(
    known.length > 0 ? known : leftOut.map((distances) => Math.min(...distances.values())),
  );
  return datasets.map((dataset) => {
    const own = training.filter((evidence) => evidence.dataset === dataset);
    const subjects = new Set(own.map(({ subject }) => subject)).size;
    return { dataset, ...shrunkenScale(() => standardisationOf(ownOf(dataset)), subjects, all) };
  });
}
