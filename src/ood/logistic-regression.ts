/**
 * Multinomial logistic regression: which of several classes a feature vector belongs to.
 *
 * Minimises the sum of the images' negative log-likelihoods plus |W|^2 / (2 C), as
 * `sklearn.linear_model.LogisticRegression`; intercepts are not penalised.
 */
import { minimise } from "./limited-memory-bfgs.js";

export interface LogisticRegression {
  /** Softmax probabilities, one a class, in the order of the class numbers. */
  probabilities(features: ArrayLike<number>): Float64Array;
}

/** Largest component of the gradient at which the fit is done. */
const TOLERANCE = 1e-8;

/**
 * @param rows one row an image, features of about unit variance
 * @param labels class number of each row, 0 to `classes` - 1
 * @param strength C, the inverse of the penalty's weight
 */
export function fitLogisticRegression(
  rows: readonly Float64Array[],
  labels: readonly number[],
  classes: number,
  strength: number,
): LogisticRegression {
  const features = rows[0]!.length;
  const stride = features + 1;
  // A class's weights, then its intercept; class after class.
  const parameters = minimise(
    (point, gradient) => {
      let value = 0;
      for (let at = 0; at < point.length; at++) {
        const weight = at % stride === features ? 0 : point[at]!;
        gradient[at] = weight / strength;
        value += (weight * weight) / (2 * strength);
      }
      rows.forEach((row, image) => {
        const { probabilities, logSum, logits } = softmax(point, row, classes);
        value += logSum - logits[labels[image]!]!;
        for (let c = 0; c < classes; c++) {
          const error = probabilities[c]! - (c === labels[image] ? 1 : 0);
          const first = c * stride;
          for (let f = 0; f < features; f++) gradient[first + f]! += error * row[f]!;
          gradient[first + features]! += error;
        }
      });
      return value;
    },
    new Float64Array(classes * stride),
    TOLERANCE,
  );
  return { probabilities: (given) => softmax(parameters, given, classes).probabilities };
}

function softmax(parameters: Float64Array, row: ArrayLike<number>, classes: number) {
  const features = parameters.length / classes - 1;
  const logits = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    const first = c * (features + 1);
    let logit = parameters[first + features]!;
    for (let f = 0; f < features; f++) logit += parameters[first + f]! * row[f]!;
    logits[c] = logit;
  }
  // The largest logit is taken out, so that no exponential overflows.
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  const logSum = largest + Math.log(sum);
  return { logits, logSum, probabilities: logits.map((logit) => Math.exp(logit - logSum)) };
}
