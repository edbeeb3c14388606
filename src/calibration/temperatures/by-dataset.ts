/**
 * A temperature for each dataset, for those who are told which dataset an image is from: what the others are compared with
 * (B. Yu et al., "Robust calibration with multi-domain temperature scaling", NeurIPS 2022, fit one for each domain). An image of
 * any other dataset has the pooled one.
 */
import { z } from "zod";
import { groupBy } from "../../base/index.js";
import { HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE } from "../temperature.js";
import { bestLogTemperature, meanCurve } from "./loss-curve.js";
import type { TemperatureKind } from "./temperature-kind.js";

const schema = z.record(z.string(), z.number().positive().max(1000));

const BOUNDS = [Math.log(LOWEST_TEMPERATURE), Math.log(HIGHEST_TEMPERATURE)] as const;

export const byDataset: TemperatureKind<typeof schema> = {
  schema,
  fit(cases) {
    if (cases.length === 0) return undefined;
    return Object.fromEntries(
      [...groupBy(cases, ({ dataset }) => dataset)].map(([dataset, own]) => [
        dataset,
        Math.exp(bestLogTemperature(meanCurve(own.map(({ losses }) => losses)), BOUNDS)),
      ]),
    );
  },
  temperature: (fitted, { dataset }, pooled) =>
    dataset !== undefined && Object.hasOwn(fitted, dataset) ? fitted[dataset]! : pooled,
};
