import type { Verdict } from "../ood/index.js";

/** What a verdict rests on. */
export const verdictFigures = ({ pValue, measure, threshold, nearest }: Verdict): string =>
  `p = ${pValue.toFixed(3)}, measure ${measure.toFixed(2)} (threshold ${threshold.toFixed(2)}), most like ${nearest.dataset}`;
