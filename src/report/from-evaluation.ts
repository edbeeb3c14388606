/** From a run and its evaluation to the report's data. */

import { stringify } from "yaml";
import { caseKey, groupBy } from "../base/index.js";
import type { CalibrationErrors } from "../calibration/index.js";
import type { CaseResult, Evaluation, SeenImage } from "../evaluation/index.js";
import { bootstrapInterval } from "../evaluation/statistics/index.js";
import { summary } from "../metrics/index.js";
import { withoutPaths } from "../run/configuration-file.js";

import type { PreparedRun } from "../run/prepare-run.js";
import type { LogEntry } from "../training/log.js";
import { modalityText } from "../volume/index.js";
import { makeSlice } from "./picture/slice.js";
import type { ReportInput, SliceData } from "./report-data.js";

/** What a report shows besides the evaluation, and where the numbers were made. */
export interface ReportBackground {
  readonly curves: readonly LogEntry[];
  readonly slices: readonly SliceData[];
  readonly commit?: string;
  readonly machine?: string;
}

/** Collects a slice of every image that an evaluation sees. */
export class SliceCollector {
  private readonly slices = new Map<string, SliceData>();

  readonly witness = ({ dataset, case: id, image, reference, prediction }: SeenImage): void => {
    this.slices.set(`${dataset}/${id}`, makeSlice({ dataset, case: id, image, reference, prediction }));
  };

  /** For each dataset the volumes with median and lowest Dice, then the first image of each foreign source. */
  chosen(evaluation: Evaluation): SliceData[] {
    const ofTests = [...groupBy(evaluation.cases, ({ dataset }) => dataset).values()].flatMap((cases) => {
      const sorted = [...cases].sort((a, b) => a.dice - b.dice);
      const chosen = new Set([sorted[sorted.length >> 1]!, sorted[0]!]);
      return [...chosen].map((item) => this.titled(item, `${item.case}, Dice ${item.dice.toFixed(3)}`));
    });
    const firsts = [...groupBy(evaluation.foreign, ({ source }) => source).values()].map((all) => all[0]!);
    const ofForeign = firsts.map(({ source, case: id, verdict }) =>
      this.titled({ dataset: source, case: id }, `${id}, ${verdict.foreign ? "foreign" : "trusted"}`),
    );
    return [...ofTests, ...ofForeign].flatMap((slice) => slice ?? []);
  }

  private titled(item: { dataset: string; case: string }, subtitle: string): SliceData | undefined {
    const slice = this.slices.get(`${item.dataset}/${item.case}`);
    return slice && { ...slice, title: `${item.dataset}\n${subtitle}` };
  }
}

/** @param curves the run's log */
export function reportOf(
  run: PreparedRun,
  evaluation: Evaluation,
  { curves, slices, commit, machine }: ReportBackground,
): ReportInput {
  const { configuration } = run;
  return {
    title: configuration.name,
    created: evaluation.created,
    commit,
    machine,
    configuration: stringify(withoutPaths(configuration)),
    datasets: datasetsOf(run),
    curves: curves.map((entry) => ({
      step: entry.step,
      trainLoss: entry.trainLoss as number | undefined,
      validationLoss: entry.validationLoss as number | undefined,
      validationDice: entry.validationDice as Record<string, number> | undefined,
      learningRate: entry.learningRate as number | undefined,
    })),
    accuracy: {
      cases: evaluation.cases.map(({ verdict: _, ...item }) => item),
      summaries: summariesOf(evaluation.cases, configuration.seed),
    },
    calibration: {
      temperature: evaluation.temperature,
      rows: evaluation.calibration.map(({ dataset, region, before, after, expected }) => ({
        dataset,
        region,
        before: errorsOf(before),
        after: errorsOf(after),
        expected,
      })),
      temperatures: evaluation.temperatures.map(({ dataset, temperature, ece, adaptiveEce, ace, nll }) => ({
        dataset,
        temperature,
        ece,
        adaptiveEce,
        ace,
        nll,
      })),
      reliability: evaluation.reliability.map(({ region, before, after }) => ({
        region,
        before: before.map(({ confidence, frequency, count }) => ({ confidence, frequency, count })),
        after: after.map(({ confidence, frequency, count }) => ({ confidence, frequency, count })),
      })),
    },
    signatures: evaluation.signatures.map((row) => ({ ...row, values: [...row.values] })),
    ood: detectionOf(evaluation),
    slices: [...slices],
  };
}

function datasetsOf({ cases, split, modalitiesOf, licenceOf }: PreparedRun): ReportInput["datasets"] {
  return [...groupBy(cases, ({ dataset }) => dataset)].map(([name, own]) => {
    const count = (part: keyof typeof split): number => {
      const keys = new Set(split[part]);
      return own.filter((item) => keys.has(caseKey(item))).length;
    };
    return {
      name,
      modality: modalityText(modalitiesOf[name]!),
      organs: [...own[0]!.organs],
      cases: { train: count("train"), validation: count("validation"), test: count("test") },
      licence: licenceOf[name],
    };
  });
}

function summariesOf(
  cases: readonly CaseResult[],
  seed: number,
): NonNullable<ReportInput["accuracy"]>["summaries"] {
  const interval = (values: readonly (number | null)[]) => {
    const defined = values.filter((value) => value !== null);
    if (defined.length === 0) return null;
    const { estimate, low, high } = bootstrapInterval(defined, { seed });
    return { mean: estimate, low, high };
  };
  const groups = groupBy(cases, ({ dataset, organ }) => JSON.stringify([dataset, organ]));
  return [...groups.values()].map((own) => ({
    dataset: own[0]!.dataset,
    organ: own[0]!.organ,
    cases: own.length,
    dice: interval(own.map(({ dice }) => dice)),
    ceiling: finite(summary(own.map(({ ceiling }) => ceiling ?? Number.NaN)).mean),
    hd95: interval(own.map(({ hd95 }) => hd95)),
    assd: interval(own.map(({ assd }) => assd)),
  }));
}

const errorsOf = ({ ece, adaptiveEce, ace, mce, brier, nll }: CalibrationErrors) => ({
  ece,
  adaptiveEce,
  ace,
  mce,
  brier,
  nll,
});

function detectionOf({ cases, foreign, detection, guard }: Evaluation): ReportInput["ood"] {
  // A case with several organs has one verdict.
  const inside = [...groupBy(cases, ({ dataset, case: id }) => `${dataset}/${id}`).values()];
  return {
    detector: "spectral signature, average of standardised layers",
    alpha: guard.alpha ?? null,
    threshold: finite((cases[0] ?? foreign[0])?.verdict.threshold),
    scores: [
      ...inside.map(([first, ...others]) => ({
        source: first!.dataset,
        case: first!.case,
        kind: "in" as const,
        ...judged(first!),
        dice: Math.min(first!.dice, ...others.map(({ dice }) => dice)),
      })),
      ...foreign.map((item) => ({
        source: item.source,
        case: item.case,
        kind: "far" as const,
        ...judged(item),
      })),
    ],
    detection: detection ? [{ kind: "far", ...detection }] : [],
  };
}

const judged = ({ verdict }: Pick<CaseResult, "verdict">) => ({
  measure: verdict.measure,
  pValue: verdict.pValue,
  foreign: verdict.foreign,
  nearest: verdict.nearest,
});

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
