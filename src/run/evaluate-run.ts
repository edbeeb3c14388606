/** Measures a trained run on its held-out volumes: accuracy, calibration, and what the guard says of them and of foreign images. */

import type { WorkHooks } from "../base/index.js";
import { type Bundle, type Inspected, inspectPrepared, toProbabilities } from "../bundle/index.js";
import { type Dataset, loadImage, loadLabels, openDataset, type PreparedCase } from "../dataset/index.js";
import { type CalibrationRow, type ReliabilityRow, RunCalibration } from "../evaluation/run-calibration.js";
import { aupr, auroc, fprAt95Tpr } from "../evaluation/scores.js";
import type { Session } from "../graph/index.js";
import { channelTargets } from "../labels/index.js";
import { evaluateMask } from "../metrics/index.js";
import { type CaseEvidence, checkGuard, modelSignatures, type Verdict } from "../ood/index.js";
import { prepareImage, restoreToOriginal } from "../preparation/index.js";
import { type Grid, type Modality, spacingOf, type Volume, voxelCount } from "../volume/index.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

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

export interface ForeignResult {
  readonly source: string;
  readonly case: string;
  readonly verdict: Verdict;
}

/** Signature of one image at one of the guard's layers. */
export interface SignatureRow {
  readonly dataset: string;
  readonly case: string;
  readonly role: "train" | "test" | "foreign";
  readonly layer: string;
  readonly values: readonly number[];
}

export interface Evaluation {
  readonly created: string;
  readonly temperature: number;
  readonly cases: readonly CaseResult[];
  readonly calibration: readonly CalibrationRow[];
  readonly reliability: readonly ReliabilityRow[];
  readonly foreign: readonly ForeignResult[];
  readonly signatures: readonly SignatureRow[];
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

/** One image with what was drawn on it, all on the file's grid. */
export interface SeenImage {
  readonly dataset: string;
  readonly case: string;
  readonly image: Volume;
  /** Absent for foreign images. */
  readonly reference?: Volume<Uint8Array>;
  readonly prediction: Volume<Uint8Array>;
}

/** Called once an image, for the report's pictures; the first organ's masks where there are several. */
export type Witness = (seen: SeenImage) => void;

/** Evaluates the test cases of a run with its bundle. */
export async function evaluateRun(
  run: PreparedRun,
  bundle: Bundle,
  session: Session,
  foreign: readonly ForeignFolder[],
  hooks: WorkHooks,
  witness: Witness = () => {},
): Promise<Evaluation> {
  const tests = partOf(run, "test");
  const results: CaseResult[] = [];
  const signatures = trainingSignatures(bundle);
  const calibration = new RunCalibration(bundle, run.layout);
  hooks.stage("evaluating held-out volumes", tests.length, "volumes");
  for (const [index, item] of tests.entries()) {
    const inspected = await inspectPrepared(session, item.image, bundle, layerNames(bundle), hooks.signal);
    const evidence = { ...item, layers: inspected.layers };
    const verdict = checkGuard(bundle.guard, evidence);
    signatures.push(...signaturesOf(bundle, evidence, "test"));
    calibration.add(item, inspected.logits);
    const probabilities = probabilitiesOnFile(bundle, inspected, item.original);
    results.push(...(await measureCase(run, item, probabilities, verdict, witness)));
    hooks.progress(index + 1);
  }
  const foreignResults = await checkForeign(bundle, session, foreign, hooks, signatures, witness);
  return {
    created: new Date().toISOString(),
    temperature: bundle.calibration.temperature,
    cases: results,
    calibration: calibration.rows(),
    reliability: calibration.reliability(),
    foreign: foreignResults,
    signatures,
    ...detection(results, foreignResults, bundle),
  };
}

const probabilitiesOnFile = (bundle: Bundle, { logits }: Inspected, original: Grid): Volume<Float32Array> =>
  restoreToOriginal(toProbabilities(logits, bundle.labels, bundle.calibration.temperature), original);

async function measureCase(
  run: PreparedRun,
  item: PreparedCase,
  probabilities: Volume<Float32Array>,
  verdict: Verdict,
  witness: Witness,
): Promise<CaseResult[]> {
  const labels = await loadLabels(item.files.label as string);
  const organs = run.configuration.datasets.find(
    (_, index) => datasetNames(run)[index] === item.dataset,
  )!.organs;
  const spacing = spacingOf(labels.affine);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const rows = channelTargets(item, run.layout).map(({ channel, organ }) => {
    const values = new Set(run.layout.mode === "shared" ? Object.values(organs).flat() : organs[organ]);
    const reference = labels.data.map((value) => (values.has(value) ? 1 : 0));
    const prediction = maskOf(probabilities, channel);
    const metrics = evaluateMask(prediction, reference, labels.shape, spacing);
    return { organ, reference, prediction, metrics };
  });
  const [first] = rows;
  if (first) {
    const image = await loadImage(item.files, run.labels.inputChannels.length);
    const grid = { shape: image.shape, affine: image.affine, channels: 1 };
    witness({
      dataset: item.dataset,
      case: item.id,
      image,
      reference: { ...grid, data: first.reference },
      prediction: { ...grid, data: first.prediction },
    });
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

function maskOf(probabilities: Volume<Float32Array>, channel: number): Uint8Array {
  const voxels = voxelCount(probabilities.shape);
  const part = probabilities.data.subarray(channel * voxels, (channel + 1) * voxels);
  return Uint8Array.from(part, (value) => (value >= 0.5 ? 1 : 0));
}

/** Names of the datasets in the order of the configuration. */
export const datasetNames = (run: PreparedRun): string[] => [
  ...new Set(run.cases.map(({ dataset }) => dataset)),
];

const layerNames = (bundle: Bundle): string[] => bundle.guard.layers.map(({ name }) => name);

const trainingSignatures = ({ guard }: Bundle): SignatureRow[] =>
  guard.training.flatMap(({ dataset, case: id, signatures }) =>
    guard.layers.map(({ name }, layer) => ({
      dataset,
      case: id,
      role: "train" as const,
      layer: name,
      values: [...signatures[layer]!],
    })),
  );

const signaturesOf = ({ guard }: Bundle, evidence: CaseEvidence, role: "test" | "foreign"): SignatureRow[] =>
  modelSignatures(guard, evidence).map((values, layer) => ({
    dataset: evidence.dataset,
    case: evidence.id,
    role,
    layer: guard.layers[layer]!.name,
    values: [...values],
  }));

async function checkForeign(
  bundle: Bundle,
  session: Session,
  folders: readonly ForeignFolder[],
  hooks: WorkHooks,
  signatures: SignatureRow[],
  witness: Witness,
): Promise<ForeignResult[]> {
  const results: ForeignResult[] = [];
  for (const { folder, modality } of folders) {
    const dataset: Dataset = await openDataset(folder, { modality });
    hooks.stage(`checking ${dataset.name}`, dataset.cases.length, "images");
    for (const [index, files] of dataset.cases.entries()) {
      const volume = await loadImage(files, bundle.labels.inputChannels.length);
      const name = files.images[0] as string;
      const { image, original } = prepareImage(volume, bundle.preparation, dataset.modality, name);
      const inspected = await inspectPrepared(session, image, bundle, layerNames(bundle), hooks.signal);
      const evidence = { ...files, dataset: dataset.name, layers: inspected.layers };
      results.push({
        source: dataset.name,
        case: files.id,
        verdict: checkGuard(bundle.guard, evidence),
      });
      signatures.push(...signaturesOf(bundle, evidence, "foreign"));
      const data = maskOf(probabilitiesOnFile(bundle, inspected, original), 0);
      const prediction = { shape: volume.shape, affine: volume.affine, channels: 1, data };
      witness({ dataset: dataset.name, case: files.id, image: volume, prediction });
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
