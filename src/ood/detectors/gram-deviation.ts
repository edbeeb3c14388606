/**
 * C. Sastry and S. Oore, "Detecting Out-of-Distribution Examples with Gram Matrices", ICML 2020: how far entries of the Gram
 * matrix leave the range that they have among the training images, as a share of the range's nearer end (eq. 3). Of the
 * Gram matrix itself (their order 1), and without classes, since a network for segmentation predicts none; entries are per
 * voxel, so that an image's size says nothing.
 */
import type { CaseEvidence } from "../case-evidence.js";
import { groupNumbers } from "../nearest.js";
import type { Detector } from "./detector.js";
import type { PooledFeatureOptions } from "./mahalanobis.js";
import { gramEntries, trainingVectors } from "./required-evidence.js";

/** The sum over all entries of one layer. */
export const gramDeviation = ({ layer = "bottleneck" }: PooledFeatureOptions = {}): Detector => {
  const rowsOf = (training: readonly CaseEvidence[]): Float64Array[] =>
    trainingVectors(training, (evidence, length) => gramEntries(evidence, layer, length));
  return {
    fit(training) {
      const rows = rowsOf(training);
      const [lowest, highest] = [rows[0]!.slice(), rows[0]!.slice()];
      for (const row of rows) {
        for (let at = 0; at < row.length; at++) {
          lowest[at] = Math.min(lowest[at]!, row[at]!);
          highest[at] = Math.max(highest[at]!, row[at]!);
        }
      }
      return {
        score: (evidence) =>
          gramEntries(evidence, layer, lowest.length).reduce(
            (sum, value, at) => sum + deviation(value, lowest[at]!, highest[at]!),
            0,
          ),
      };
    },
    // Of each entry the two ends of the range and the ends without the patients that hold them: one pass, not a fit a patient.
    leaveOneOut(training) {
      const rows = rowsOf(training);
      const patients = groupNumbers(training.map(({ subject }) => subject));
      const scores = new Array<number>(rows.length).fill(0);
      for (let at = 0; at < rows[0]!.length; at++) {
        const values = rows.map((row) => row[at]!);
        const low = endsOf(values, patients, (a, b) => a < b);
        const high = endsOf(values, patients, (a, b) => a > b);
        values.forEach((value, image) => {
          const patient = patients[image]!;
          scores[image]! += deviation(value, endWithout(low, patient), endWithout(high, patient));
        });
      }
      return scores;
    },
  };
};

/** An end of a range, whose it is, and the end that there is without that patient. */
interface Ends {
  readonly patient: number;
  readonly first: number;
  readonly second: number;
}

/** @param values of at least two patients */
function endsOf(
  values: readonly number[],
  patients: ArrayLike<number>,
  beyond: (a: number, b: number) => boolean,
): Ends {
  const furthest = (without?: number): number => {
    let found: number | undefined;
    for (let image = 0; image < values.length; image++) {
      if (patients[image] === without) continue;
      if (found === undefined || beyond(values[image]!, values[found]!)) found = image;
    }
    return found!;
  };
  const first = furthest();
  const patient = patients[first]!;
  return { patient, first: values[first]!, second: values[furthest(patient)]! };
}

const endWithout = ({ patient, first, second }: Ends, left: number): number =>
  patient === left ? second : first;

function deviation(value: number, low: number, high: number): number {
  if (value < low) return (low - value) / Math.max(Math.abs(low), TINY);
  if (value > high) return (value - high) / Math.max(Math.abs(high), TINY);
  return 0;
}

/** An end of exactly zero (a channel that was dead in training) must not make the smallest number infinite. */
const TINY = 1e-6;
