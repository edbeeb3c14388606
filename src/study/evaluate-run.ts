/** Measures a trained run on its held-out volumes: accuracy, calibration, and what the guard says of them and of foreign images. */
import { type Bundle, type Inspected, inspectPrepared, toProbabilities } from "../bundle/index.js";
import {
  type Calibration,
  REGIONS,
  type Region,
  ReliabilityAccumulator,
  regionPart,
} from "../calibration/index.js";
import {
  type Dataset,
  loadLabels,
  openDataset,
  type PreparedCase,
  readVolumeFile,
} from "../dataset/index.js";
import type { Session } from "../graph/index.js";
import { evaluateMask } from "../metrics/index.js";
import { checkGuard, type Verdict } from "../ood/index.js";
import { aupr, auroc, fprAt95Tpr } from "../ood/scores.js";
import type { TargetLayout } from "../training/targets.js";
import {
  type Modality,
  prepareImage,
  restoreToOriginal,
  spacingOf,
  type Volume,
  voxelCount,
} from "../volume/index.js";
import { type PreparedRun, partOf, type RunHooks } from "./train-run.js";

/** The output channels that a case has a reference for, each with its 0/1 labels on the prepared grid. */
export function channelTargets(
  item: Pick<PreparedCase, "target" | "organs">,
  layout: TargetLayout,
): { channel: number; organ: string; labels: Uint8Array }[] {
  if (layout.mode === "shared") {
    const labels = item.target.map((value) => (value > 0 ? 1 : 0));
    return [{ channel: 0, organ: item.organs.join("+"), labels }];
  }
  return item.organs.map((organ, index) => ({
    channel: layout.channels.indexOf(organ),
    organ,
    labels: item.target.map((value) => (value === index + 1 ? 1 : 0)),
  }));
}

export interface CaseResult {
  readonly dataset: string;
  readonly case: string;
  readonly organ: string;
  readonly dice: number;
  /** mm; null where the prediction is empty. */
  readonly hd95: number | null;
  readonly assd: number | null;
  readonly volumeMl: number;
  readonly referenceMl: number;
  readonly verdict: Verdict;
}

export interface CalibrationRow {
  readonly dataset: string;
  readonly region: Region;
  readonly before: Calibration;
  readonly after: Calibration;
}

export interface ForeignResult {
  readonly source: string;
  readonly case: string;
  readonly verdict: Verdict;
}

export interface Evaluation {
  readonly created: string;
  readonly temperature: number;
  readonly cases: readonly CaseResult[];
  readonly calibration: readonly CalibrationRow[];
  readonly foreign: readonly ForeignResult[];
  /** Far images against held-out ones; absent without foreign images. */
  readonly detection?: { readonly auroc: number; readonly aupr: number; readonly fprAt95: number };
  readonly guard: {
    readonly alpha?: number;
    readonly falseAlarmRate: number;
    readonly caughtForeign?: number;
  };
}

export interface ForeignFolder {
  readonly folder: string;
  readonly modality?: Modality;
}

/** For the report's pictures: called once a test case with what was predicted on the file's grid. */
export type CaseWitness = (
  item: PreparedCase,
  image: Volume,
  reference: Volume<Uint8Array>,
  prediction: Volume<Uint8Array>,
) => void;

/** Evaluates the test cases of a run with its bundle. */
export async function evaluateRun(
  run: PreparedRun,
  bundle: Bundle,
  session: Session,
  foreign: readonly ForeignFolder[],
  hooks: RunHooks,
  witness?: CaseWitness,
): Promise<Evaluation> {
  const tests = partOf(run, "test");
  const results: CaseResult[] = [];
  const accumulators = new Map<string, { before: ReliabilityAccumulator; after: ReliabilityAccumulator }>();
  hooks.stage("evaluating held-out volumes", tests.length, "volumes");
  for (const [index, item] of tests.entries()) {
    const { logits, layers } = await inspectPrepared(
      session,
      item.image,
      bundle,
      layerNames(bundle),
      hooks.signal,
    );
    const verdict = verdictOn(bundle, layers);
    addCalibration(run, item, logits, bundle, accumulators);
    const probabilities = restoreToOriginal(
      toProbabilities(logits, bundle.labels, bundle.calibration.temperature),
      item.original,
    );
    results.push(...(await measureCase(run, item, probabilities, verdict, witness)));
    hooks.progress(index + 1);
  }
  const foreignResults = await checkForeign(bundle, session, foreign, hooks);
  return {
    created: new Date().toISOString(),
    temperature: bundle.calibration.temperature,
    cases: results,
    calibration: [...accumulators].map(([key, { before, after }]) => {
      const [dataset, region] = key.split("|") as [string, Region];
      return { dataset, region, before: before.result(), after: after.result() };
    }),
    foreign: foreignResults,
    ...detection(results, foreignResults, bundle),
  };
}

async function measureCase(
  run: PreparedRun,
  item: PreparedCase,
  probabilities: Volume<Float32Array>,
  verdict: Verdict,
  witness: CaseWitness | undefined,
): Promise<CaseResult[]> {
  const labels = await loadLabels(item.files.label as string);
  const organs = run.configuration.datasets.find(
    (_, index) => datasetNames(run)[index] === item.dataset,
  )!.organs;
  const voxels = voxelCount(labels.shape);
  const spacing = spacingOf(labels.affine);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const rows = channelTargets(item, run.layout).map(({ channel, organ }) => {
    const values = new Set(run.layout.mode === "shared" ? Object.values(organs).flat() : organs[organ]);
    const reference = labels.data.map((value) => (values.has(value) ? 1 : 0));
    const part = probabilities.data.subarray(channel * voxels, (channel + 1) * voxels);
    const prediction = Uint8Array.from(part, (value) => (value >= 0.5 ? 1 : 0));
    const metrics = evaluateMask(prediction, reference, labels.shape, spacing);
    return { organ, reference, prediction, metrics };
  });
  if (witness && rows[0]) {
    const grid = { shape: labels.shape, affine: labels.affine, channels: 1 };
    const image = await readVolumeFile(item.files.images[0] as string);
    witness(item, image, { ...grid, data: rows[0].reference }, { ...grid, data: rows[0].prediction });
  }
  return rows.map(({ organ, metrics }) => ({
    dataset: item.dataset,
    case: item.id,
    organ,
    dice: metrics.dice,
    hd95: finite(metrics.hd95),
    assd: finite(metrics.assd),
    volumeMl: metrics.volumesMl.prediction,
    referenceMl: metrics.volumesMl.reference,
    verdict,
  }));
}

/** Names of the datasets in the order of the configuration. */
export const datasetNames = (run: PreparedRun): string[] => [
  ...new Set(run.cases.map(({ dataset }) => dataset)),
];

/** Calibration is measured where the network speaks: on the prepared grid. */
function addCalibration(
  run: PreparedRun,
  item: PreparedCase,
  logits: Volume<Float32Array>,
  bundle: Bundle,
  accumulators: Map<string, { before: ReliabilityAccumulator; after: ReliabilityAccumulator }>,
): void {
  const voxels = voxelCount(item.image.shape);
  const [raw, scaled] = [
    toProbabilities(logits, bundle.labels, 1),
    toProbabilities(logits, bundle.labels, bundle.calibration.temperature),
  ];
  for (const { channel, labels } of channelTargets(item, run.layout)) {
    const part = (volume: Volume<Float32Array>): Float32Array =>
      volume.data.subarray(channel * voxels, (channel + 1) * voxels);
    for (const region of REGIONS) {
      const voxelsThere = regionPart(region, labels, item.image.shape, spacingOf(item.image.affine));
      if (voxelsThere === undefined) continue;
      const key = `${item.dataset}|${region}`;
      const both = accumulators.get(key) ?? {
        before: new ReliabilityAccumulator(),
        after: new ReliabilityAccumulator(),
      };
      accumulators.set(key, both);
      const where = { part: voxelsThere };
      both.before.add({ probabilities: part(raw), reference: labels }, where);
      both.after.add({ probabilities: part(scaled), reference: labels }, where);
    }
  }
}

const layerNames = (bundle: Bundle): string[] => bundle.guard.layers.map(({ name }) => name);

const verdictOn = (bundle: Bundle, layers: Inspected["layers"]): Verdict =>
  checkGuard(bundle.guard, { dataset: "", case: "", subject: "", layers });

async function checkForeign(
  bundle: Bundle,
  session: Session,
  folders: readonly ForeignFolder[],
  hooks: RunHooks,
): Promise<ForeignResult[]> {
  const results: ForeignResult[] = [];
  for (const { folder, modality } of folders) {
    const dataset: Dataset = await openDataset(folder, { modality });
    hooks.stage(`checking ${dataset.name}`, dataset.cases.length, "images");
    for (const [index, files] of dataset.cases.entries()) {
      const path = files.images[0] as string;
      const { image } = prepareImage(await readVolumeFile(path), bundle.preparation, dataset.modality, path);
      const { layers } = await inspectPrepared(session, image, bundle, layerNames(bundle), hooks.signal);
      const verdict = verdictOn(bundle, layers);
      results.push({ source: dataset.name, case: files.id, verdict });
      hooks.progress(index + 1);
    }
  }
  return results;
}

function detection(
  cases: readonly CaseResult[],
  foreign: readonly ForeignResult[],
  bundle: Bundle,
): Pick<Evaluation, "detection" | "guard"> {
  // A case with several organs has one verdict.
  const inside = [...new Map(cases.map((item) => [`${item.dataset}/${item.case}`, item.verdict])).values()];
  const outside = foreign.map(({ verdict }) => verdict);
  const rate = (verdicts: readonly Verdict[]): number =>
    verdicts.filter((verdict) => verdict.foreign).length / Math.max(1, verdicts.length);
  const { choice } = bundle.guard.threshold;
  const guard = {
    alpha: choice.rule === "conformal" ? choice.alpha : undefined,
    falseAlarmRate: rate(inside),
  };
  if (outside.length === 0 || inside.length === 0) return { guard };
  const measures = (verdicts: readonly Verdict[]): number[] => verdicts.map(({ measure }) => measure);
  const [usual, strange] = [measures(inside), measures(outside)];
  return {
    detection: {
      auroc: auroc(usual, strange),
      aupr: aupr(usual, strange),
      fprAt95: fprAt95Tpr(usual, strange),
    },
    guard: { ...guard, caughtForeign: rate(outside) },
  };
}

/** Mean of each metric over the cases of a dataset; undefined surface distances are left out. */
export function meansByDataset(
  evaluation: Evaluation,
): { dataset: string; cases: number; dice: number; hd95: number | null; assd: number | null }[] {
  const names = [...new Set(evaluation.cases.map(({ dataset }) => dataset))];
  const mean = (values: (number | null)[]): number | null => {
    const defined = values.filter((value) => value !== null);
    return defined.length === 0 ? null : defined.reduce((a, b) => a + b, 0) / defined.length;
  };
  return names.map((dataset) => {
    const rows = evaluation.cases.filter((item) => item.dataset === dataset);
    return {
      dataset,
      cases: rows.length,
      dice: mean(rows.map(({ dice }) => dice)) ?? 0,
      hd95: mean(rows.map(({ hd95 }) => hd95)),
      assd: mean(rows.map(({ assd }) => assd)),
    };
  });
}
