/**
 * Average calibration error as a loss, with hard bins (T. Barfoot et al., "Average calibration losses for reliable uncertainty
 * in medical image segmentation", arXiv 2506.03942): the probabilities of one sample and channel are sorted into equally wide
 * bins, and the loss is the mean over bins that are not empty of |mean probability - share of foreground|. Which bin a voxel
 * is in passes no gradient, its probability does. Agrees with the authors' `HardL1ACELoss`.
 */
import {
  absolute,
  add,
  divide,
  greater,
  minimum,
  multiply,
  sigmoid,
  subtract,
  sum,
  type Value,
  where,
} from "../../graph/index.js";
import { type ChannelLoss, spatialAxes } from "./loss.js";

/** Bins of the authors. */
const BINS = 20;

export const averageCalibration: ChannelLoss = (logits, target) => {
  const scalar = (value: number): Value => logits.graph.scalar(value);
  const [zero, one] = [scalar(0), scalar(1)];
  const gap = subtract(sigmoid(logits), target);
  // A voxel is in the bins from the first whose upper border its logit does not exceed.
  const above = Array.from({ length: BINS - 1 }, (_, at) => {
    const border = (at + 1) / BINS;
    return greater(logits, scalar(Math.log(border / (1 - border))));
  });
  const bins = Array.from({ length: BINS }, (_, bin) => {
    const notAbove = bin === BINS - 1 ? undefined : where(above[bin]!, zero, one);
    const inside =
      bin === 0
        ? notAbove!
        : notAbove === undefined
          ? where(above[bin - 1]!, one, zero)
          : where(above[bin - 1]!, notAbove, zero);
    const voxels = sum(inside, spatialAxes);
    const gaps = absolute(sum(multiply(inside, gap), spatialAxes));
    const filled = minimum(voxels, one);
    // Of an empty bin 0 is divided by 1.
    return { error: divide(gaps, add(voxels, subtract(1, filled))), filled };
  });
  const errors = bins.map(({ error }) => error).reduce((a, b) => add(a, b));
  return divide(
    errors,
    bins.map(({ filled }) => filled).reduce((a, b) => add(a, b)),
  );
};
