/** From the results of all units to what the study found. */
import { groupBy } from "../../base/index.js";
import { aupr, auroc, fprAt95Tpr } from "../../evaluation/scores.js";
import {
  bootstrapInterval,
  clusterInterval,
  completePairs,
  holm,
  meanDifference,
  pairedTTest,
  wilcoxonSignedRank,
} from "../../evaluation/statistics/index.js";
import {
  type CaseRow,
  type Comparison,
  type DetectionRow,
  METHOD_DETECTOR,
  measures,
  type ScoreRow,
  type Strategy,
  type StudyResult,
  type SummaryRow,
  scaledMeasures,
  strategies,
  type ThresholdRow,
} from "../protocol/study-result.js";

const SEED = 1;

type ReportedMeasure = SummaryRow["measure"];

const reported: readonly ReportedMeasure[] = [...measures, ...scaledMeasures];

/** A measure of one row; null where it is not defined. */
export function measureOf(row: CaseRow, measure: ReportedMeasure): number | null {
  switch (measure) {
    case "dice":
    case "hd95":
    case "assd":
      return row[measure];
    case "eceScaled":
      return row.boxScaled.ece;
    case "eceSignature":
      return row.boxSignature?.ece ?? null;
    case "eceTold":
      return row.boxTold?.ece ?? null;
    case "aceScaled":
      return row.boxScaled.ace;
    case "aceSignature":
      return row.boxSignature?.ace ?? null;
    case "aceTold":
      return row.boxTold?.ace ?? null;
    case "eceByChance":
      return row.eceByChance ?? null;
    default:
      return row.box[measure];
  }
}

/** A volume's value under one strategy: the mean over seeds, where every seed has one. */
interface VolumeValue {
  readonly dataset: string;
  /** Dataset, case and fold: what pairs values of two strategies. */
  readonly key: string;
  readonly subject: string;
  readonly value: number;
}

export function volumeValues(
  rows: readonly CaseRow[],
  strategy: Strategy,
  measure: ReportedMeasure,
): VolumeValue[] {
  const own = rows.filter((row) => row.strategy === strategy);
  return [...groupBy(own, (row) => `${row.dataset}/${row.case}/${row.fold}`)].map(([key, group]) => {
    const values = group.map((row) => measureOf(row, measure));
    const defined = values.filter((value) => value !== null);
    const value =
      defined.length === values.length ? defined.reduce((a, b) => a + b, 0) / values.length : Number.NaN;
    const { dataset, subject } = group[0]!;
    return { dataset, subject, key, value };
  });
}

export function summaries(rows: readonly CaseRow[], seed: number): SummaryRow[] {
  return strategies.flatMap((strategy) =>
    reported.flatMap((measure) => {
      const values = volumeValues(rows, strategy, measure).filter(({ value }) => Number.isFinite(value));
      return [...groupBy(values, ({ dataset }) => dataset)].map(([dataset, group]): SummaryRow => {
        const interval = bootstrapInterval(
          group.map(({ value }) => value),
          { seed },
        );
        const { estimate: mean, low, high } = interval;
        return {
          strategy,
          dataset,
          measure,
          volumes: group.length,
          mean,
          low: finite(low),
          high: finite(high),
        };
      });
    }),
  );
}

/** The pairs of strategies that the claims are about: differences first - second. */
const pairsOfStrategies: readonly (readonly [Strategy, Strategy])[] = [
  ["joint", "dedicated"],
  ["joint", "transfer"],
  ["transfer", "dedicated"],
  ["fine-tuned", "joint"],
  ["fine-tuned", "dedicated"],
];

export function comparisons(rows: readonly CaseRow[]): Comparison[] {
  return pairsOfStrategies.flatMap(([first, second]) =>
    reported.flatMap((measure) => {
      const one = volumeValues(rows, first, measure);
      const other = new Map(volumeValues(rows, second, measure).map(({ key, value }) => [key, value]));
      const both = one.filter(({ key }) => other.has(key));
      if (both.length === 0) return [];
      const compare = (dataset: string | null): Comparison => {
        const chosen = both.filter((item) => dataset === null || item.dataset === dataset);
        const pairs = completePairs(
          chosen.map(({ value }) => value),
          chosen.map(({ key }) => other.get(key)!),
        );
        return {
          first,
          second,
          measure,
          dataset,
          ...testsOf(pairs.a, pairs.b),
          dropped: pairs.dropped,
          ...clusteredIntervals(chosen, other),
          holm: null,
        };
      };
      const byDataset = [...new Set(both.map(({ dataset }) => dataset))].map(compare);
      const adjusted = holm(byDataset.map(({ wilcoxon }) => wilcoxon ?? Number.NaN));
      return [...byDataset.map((row, at) => ({ ...row, holm: finite(adjusted[at]!) })), compare(null)];
    }),
  );
}

/** Of the differences of one strategy's values to the other's. */
function clusteredIntervals(
  values: readonly VolumeValue[],
  other: ReadonlyMap<string, number>,
): Pick<Comparison, "theseDatasets" | "newDataset"> {
  const differences = values
    .map(({ value, key, dataset, subject }) => ({ value: value - other.get(key)!, dataset, subject }))
    .filter(({ value }) => Number.isFinite(value));
  return {
    theseDatasets: clusterInterval(differences, "these-datasets", SEED) ?? null,
    newDataset: clusterInterval(differences, "new-dataset", SEED) ?? null,
  };
}

function testsOf(
  a: readonly number[],
  b: readonly number[],
): Pick<Comparison, "pairs" | "difference" | "low" | "high" | "wilcoxon" | "tTest"> {
  if (a.length === 0) return { pairs: 0, difference: 0, low: null, high: null, wilcoxon: null, tTest: null };
  const { mean, low, high } = meanDifference(a, b);
  const differ = a.some((value, at) => value !== b[at]);
  return {
    pairs: a.length,
    difference: mean,
    low: finite(low),
    high: finite(high),
    wilcoxon: differ ? finite(wilcoxonSignedRank(a, b).pValue) : 1,
    tTest: a.length < 2 ? null : finite(pairedTTest(a, b).pValue),
  };
}

/** AUROC, AUPR and FPR of every detector: of all far and near images, and of each source, corruption and severity. */
export function detection(scores: readonly ScoreRow[]): DetectionRow[] {
  const byKind = groupBy(scores, ({ network, detector }) => `${kindOfNetwork(network)}|${detector}`);
  return [...byKind].flatMap(([key, rows]) => {
    const [network, detector] = key.split("|") as [DetectionRow["network"], string];
    const networks = [...groupBy(rows, (row) => row.network).values()];
    const groups: Group[] = [];
    for (const kind of ["near", "far"] as const) {
      const own = rows.filter((row) => row.kind === kind);
      if (own.length === 0) continue;
      groups.push({ kind, source: null, severity: null });
      for (const source of new Set(own.map((row) => row.corruption ?? row.source))) {
        groups.push({ kind, source, severity: null });
        if (kind === "near")
          for (const severity of new Set(own.map((row) => row.severity)))
            groups.push({ kind, source, severity: severity as DetectionRow["severity"] });
      }
    }
    return groups.map((group) => ({
      network,
      detector,
      ...group,
      ...meanOverNetworks(networks, group),
      aboveOriginal: shareAboveOriginal(rows, group),
    }));
  });
}

type Group = Pick<DetectionRow, "kind" | "source" | "severity">;

const isInGroup = (row: ScoreRow, { kind, source, severity }: Group): boolean =>
  row.kind === kind &&
  (source === null || (row.corruption ?? row.source) === source) &&
  (severity === null || row.severity === severity);

/** What a corruption does to one image's score, whatever the differences between patients. */
function shareAboveOriginal(rows: readonly ScoreRow[], group: Group): number | null {
  const name = (row: ScoreRow): string => JSON.stringify([row.network, row.source, row.case]);
  const originals = new Map(rows.filter(({ kind }) => kind === "in").map((row) => [name(row), row.score]));
  const pairs = rows.flatMap((row) => {
    const original = originals.get(name(row));
    return row.kind === "near" && isInGroup(row, group) && original !== undefined
      ? [[row.score, original] as const]
      : [];
  });
  if (pairs.length === 0) return null;
  return pairs.filter(([score, original]) => score > original).length / pairs.length;
}

/** Scores of different networks are not comparable: each is judged by itself, and the figures are averaged. */
function meanOverNetworks(
  networks: readonly (readonly ScoreRow[])[],
  group: Group,
): Pick<DetectionRow, "inside" | "foreign" | "auroc" | "aupr" | "fprAt95"> {
  let [inside, foreign] = [0, 0];
  const figures: { auroc: number; aupr: number; fprAt95: number }[] = [];
  for (const rows of networks) {
    const usual = rows.filter((row) => row.kind === "in").map(({ score }) => score);
    const strange = rows.filter((row) => isInGroup(row, group)).map(({ score }) => score);
    inside += usual.length;
    foreign += strange.length;
    if (usual.length === 0 || strange.length === 0) continue;
    figures.push({
      auroc: auroc(usual, strange),
      aupr: aupr(usual, strange),
      fprAt95: fprAt95Tpr(usual, strange),
    });
  }
  const mean = (read: (figure: (typeof figures)[number]) => number): number | null =>
    figures.length === 0 ? null : figures.reduce((sum, figure) => sum + read(figure), 0) / figures.length;
  return {
    inside,
    foreign,
    auroc: mean((figure) => figure.auroc),
    aupr: mean((figure) => figure.aupr),
    fprAt95: mean((figure) => figure.fprAt95),
  };
}

/** A network's kind, from the name of its unit. */
export const kindOfNetwork = (network: string): DetectionRow["network"] =>
  network.startsWith("joint") ? "joint" : network.startsWith("leave-out") ? "leave-out" : "dedicated";

export function thresholds(scores: readonly ScoreRow[], alpha: number): ThresholdRow[] {
  const judged = scores.filter(isJudged);
  const groups = groupBy(judged, ({ network, detector }) => `${kindOfNetwork(network)}|${detector}`);
  return [...groups].map(([key, rows]): ThresholdRow => {
    const [network, detector] = key.split("|") as [ThresholdRow["network"], string];
    const counts = (kind: ScoreRow["kind"]) => {
      const own = rows.filter((row) => row.kind === kind);
      return { all: own.length, refused: own.filter(({ pValue }) => pValue <= alpha).length };
    };
    const [inside, far, near] = [counts("in"), counts("far"), counts("near")];
    return {
      network,
      detector,
      alpha,
      inside: inside.all,
      falseAlarms: inside.refused,
      far: far.all,
      farCaught: far.refused,
      near: near.all,
      nearCaught: near.refused,
    };
  });
}

/** An image that a threshold says something of. */
type JudgedRow = ScoreRow & { readonly pValue: number };

export const isJudged = <Row extends ScoreRow>(row: Row): row is Row & JudgedRow => row.pValue !== null;

export function matrix(scores: readonly ScoreRow[], datasets: readonly string[]): StudyResult["matrix"] {
  const own = scores.filter(({ detector }) => detector === METHOD_DETECTOR);
  return {
    detector: METHOD_DETECTOR,
    datasets: [...datasets],
    auroc: datasets.map((row) => {
      const networks = [
        ...groupBy(
          own.filter(({ network }) => network.startsWith(`dedicated-${row}-fold`)),
          ({ network }) => network,
        ).values(),
      ];
      return datasets.map((column) =>
        row === column || networks.length === 0
          ? null
          : meanOverNetworks(networks, { kind: "far", source: column, severity: null }).auroc,
      );
    }),
  };
}

export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
