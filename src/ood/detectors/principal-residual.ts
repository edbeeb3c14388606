/**
 * How much of an image's pooled features lies outside the directions in which the training images vary: the residual of
 * H. Wang et al., "ViM: Out-Of-Distribution with Virtual-logit Matching", CVPR 2022, section 4, without the logits.
 */
import { meanOf } from "../../base/column-mean.js";
import { fitPrincipalComponents } from "../../base/principal-components.js";
import { euclidean } from "../nearest.js";
import type { Detector } from "./detector.js";
import type { PooledFeatureOptions } from "./mahalanobis.js";
import { pooledFeatures, trainingVectors } from "./required-evidence.js";

/** Share of the training images' variance that their principal directions hold. */
const SHARE = 0.9;

export const principalResidual = ({ layer = "bottleneck" }: PooledFeatureOptions = {}): Detector => ({
  fit(training) {
    const features = trainingVectors(training, (evidence, length) => pooledFeatures(evidence, layer, length));
    const channels = features[0]!.length;
    const mean = meanOf(features);
    const leading = fitPrincipalComponents(features, SHARE);
    return {
      score(evidence) {
        const given = pooledFeatures(evidence, layer, channels);
        return Math.sqrt(Math.max(0, euclidean(given, mean) ** 2 - squares(leading(given))));
      },
    };
  },
});

const squares = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
