/** An evaluation as the figures of a bundle's card. */
import { groupBy } from "../base/index.js";
import type { Card } from "../bundle/index.js";
import type { CaseResult, Evaluation } from "./evaluation.js";
import { normalQuantileOfUpperTail } from "./statistics/distributions.js";
import { bootstrapInterval } from "./statistics/index.js";

type Metric = Card["metrics"][number];

/** Fewer values say next to nothing of how far a mean is off. */
const FEWEST_FOR_INTERVAL = 5;

/** The same evaluation gives the same intervals. */
const SEED = 1;

/**
 * Accuracy by dataset and organ, calibration by dataset, and how often the guard called images foreign: those of the
 * datasets, which should be rare, and foreign ones. Intervals are of 95 %: of means by the bootstrap, of shares Wilson's (1927),
 * which stays wide where few images were all judged alike.
 *
 * @param heldOutBy what to add where verdicts on held-out images are not those of the guard that the card is of
 */
export function cardMetrics(evaluation: Evaluation, heldOutBy = ""): Card["metrics"] {
  const { cases, calibration, foreign, detection } = evaluation;
  const datasets = [...groupBy(cases, ({ dataset }) => dataset)];
  const sources = [...groupBy(foreign, ({ source }) => source)];
  return [
    ...datasets.flatMap(([dataset, own]) => [
      ...accuracyRows(dataset, own),
      ...calibration
        .filter((row) => row.dataset === dataset && row.region === "box10mm")
        .map(({ volumes, after }) => ({ dataset, metric: "ECE", value: after.ece, images: volumes })),
      // A case with several organs has one verdict.
      calledForeign(
        dataset,
        [...groupBy(own, (one) => one.case).values()].map(([first]) => first!),
        heldOutBy,
      ),
    ]),
    ...sources.map(([source, images]) => calledForeign(source, images)),
    ...(detection === undefined
      ? []
      : [
          {
            dataset: "all datasets",
            metric: `AUROC of foreign against held-out images${heldOutBy}`,
            value: detection.auroc,
            images:
              new Set(cases.map((one) => JSON.stringify([one.dataset, one.case]))).size + foreign.length,
          },
        ]),
  ];
}

function accuracyRows(dataset: string, cases: readonly CaseResult[]): Metric[] {
  const organs = [...groupBy(cases, ({ organ }) => organ)];
  return organs.flatMap(([organ, own]) => {
    const of = organs.length > 1 ? `, ${organ}` : "";
    const row = (field: "dice" | "hd95" | "assd", name: string): Metric => ({
      dataset,
      metric: `${name}${of}`.slice(0, 200),
      ...meanOf(own.map((one) => one[field])),
    });
    return [row("dice", "Dice"), row("hd95", "HD95 (mm)"), row("assd", "ASSD (mm)")];
  });
}

function calledForeign(dataset: string, judged: readonly Pick<CaseResult, "verdict">[], by = ""): Metric {
  const images = judged.length;
  const value = judged.filter(({ verdict }) => verdict.foreign).length / images;
  const z = normalQuantileOfUpperTail(0.025);
  const spread = z * Math.sqrt((value * (1 - value)) / images + z ** 2 / (4 * images ** 2));
  const [centre, scale] = [value + z ** 2 / (2 * images), 1 + z ** 2 / images];
  return {
    dataset,
    metric: `Called foreign${by} (share of images)`,
    value,
    images,
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

/** Over the values that are defined. */
function meanOf(values: readonly (number | null)[]): Pick<Metric, "value" | "images" | "low" | "high"> {
  const defined = values.filter((value) => value !== null);
  const images = defined.length;
  if (images === 0) return { value: null, images };
  if (images < FEWEST_FOR_INTERVAL)
    return { value: defined.reduce((sum, value) => sum + value, 0) / images, images };
  const { estimate, low, high } = bootstrapInterval(defined, { seed: SEED });
  return { value: estimate, images, low, high };
}
