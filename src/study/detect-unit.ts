/** Does a detect unit: shows every detector the same images through the same network. */
import {
  type CaseFiles,
  caseKey,
  loadImage,
  loadLabels,
  openDataset,
  type PreparedCase,
} from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { dice } from "../metrics/index.js";
import {
  type CaseEvidence,
  conformalPValue,
  type Detector,
  detectors,
  leaveOneOutScores,
  signatureVariants,
} from "../ood/index.js";
import { Random } from "../random.js";
import { UserError } from "../user-error.js";
import { type Modality, prepareImage, prepareLabels, type Volume } from "../volume/index.js";
import { type Corruption, corruptions, type Severity } from "./corruptions/index.js";
import { ImageInspector } from "./image-inspector.js";
import type { DetectUnit } from "./plan-study.js";
import type { RunHooks } from "./prepare-run.js";
import type { ScoreRow } from "./result/study-result.js";
import { casesOf, type StudyData } from "./study-data.js";

export interface DetectUnitResult {
  readonly seconds: number;
  readonly scores: readonly ScoreRow[];
}

/** One image that detectors are asked about. */
type Seen = Pick<ScoreRow, "source" | "case" | "kind" | "corruption" | "severity" | "dice"> & {
  readonly evidence: CaseEvidence;
};

export async function doDetectUnit(
  data: StudyData,
  unit: DetectUnit,
  engine: Engine,
  hooks: RunHooks,
  threads: number | undefined,
): Promise<DetectUnitResult> {
  const started = performance.now();
  const inspector = await ImageInspector.open(data, unit, engine, threads, hooks.signal);
  try {
    const part = (name: "train" | "validation" | "test", datasets: readonly string[]): PreparedCase[] =>
      casesOf(data, unit.fold, name, datasets);
    const train = part("train", unit.inside);
    const validation = part("validation", unit.inside);
    const tests = part("test", unit.inside);
    hooks.stage("looking at its own images", train.length + validation.length + tests.length, "images");
    let done = 0;
    const evidenceOf = async (items: readonly PreparedCase[], several: boolean): Promise<Seen[]> => {
      const seen: Seen[] = [];
      for (const item of items) {
        seen.push(await seePrepared(data, inspector, item, several));
        hooks.progress(++done);
      }
      return seen;
    };
    const training = await evidenceOf(train, false);
    const calibration = await evidenceOf(validation, true);
    const asked = [
      ...(await evidenceOf(tests, true)),
      ...(await evidenceOf(part("test", unit.outside), true)).map((seen) => ({
        ...seen,
        kind: "far" as const,
        dice: null,
      })),
      ...(unit.full ? await seeCorrupted(data, unit, inspector, tests, hooks) : []),
      ...(unit.full ? await seeForeign(data, inspector, hooks) : []),
    ];
    const scores = Object.entries(detectorsFor(data, unit)).flatMap(([name, detector]) =>
      scoresOf(unit, data.study.alpha, name, detector, training, calibration, asked),
    );
    return { seconds: (performance.now() - started) / 1000, scores };
  } finally {
    await inspector.close();
  }
}

/** Detectors need three patients besides the one that is left out. */
const FEWEST_PATIENTS = 4;

/** Those that this unit gathers evidence for. */
function detectorsFor(data: StudyData, unit: DetectUnit): Record<string, Detector> {
  const { dropoutPasses, flips } = data.study.uncertainty;
  const without = [
    ...(!unit.full || dropoutPasses === 0 || data.network.description.dropout === 0 ? ["dropout-"] : []),
    ...(!unit.full || unit.members.length < 2 ? ["ensemble-"] : []),
    ...(!unit.full || flips === 0 ? ["augmentation-"] : []),
    ...(unit.inside.length < 2 ? ["dataset-classifier"] : []),
  ];
  const all = { ...detectors, ...signatureVariants(data.network.layers.map(({ name }) => name)) };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => !without.some((prefix) => name.startsWith(prefix))),
  );
}

function scoresOf(
  unit: DetectUnit,
  alpha: number,
  name: string,
  detector: Detector,
  training: readonly Seen[],
  calibration: readonly Seen[],
  asked: readonly Seen[],
): ScoreRow[] {
  const known = training.map(({ evidence }) => evidence);
  const fitted = detector.fit(known);
  // With fewer than 1 / alpha - 1 held-out images nothing could ever be refused: the training images then say what is
  // usual, each scored by the detector fitted without its patient, where enough of them are left for that.
  const patients = new Set(known.map(({ subject }) => subject)).size;
  const enough = calibration.length >= 1 / alpha - 1 || patients < FEWEST_PATIENTS;
  const usual = enough
    ? calibration.map(({ evidence }) => fitted.score(evidence))
    : leaveOneOutScores(detector, known, "subject");
  return asked.map(({ evidence, ...seen }) => {
    const score = fitted.score(evidence);
    return {
      ...seen,
      network: unit.id.replace(/^detect-/, ""),
      detector: name,
      fold: unit.fold,
      seed: unit.seed,
      score,
      pValue: conformalPValue(usual, score),
    };
  });
}

async function seePrepared(
  data: StudyData,
  inspector: ImageInspector,
  item: PreparedCase,
  several: boolean,
): Promise<Seen> {
  const name = { dataset: item.dataset, case: item.id, subject: item.subject };
  const { evidence, probabilities } = await inspector.inspect(name, item.image, several);
  return {
    evidence,
    source: item.dataset,
    case: item.id,
    kind: "in",
    corruption: null,
    severity: null,
    dice: foregroundDice(data, probabilities, item.target),
  };
}

/** Dice of everything found against everything labelled, on the prepared grid. */
function foregroundDice(data: StudyData, probabilities: Float32Array, target: Uint8Array): number {
  const voxels = target.length;
  const found = new Uint8Array(voxels);
  for (let channel = 0; channel < data.labels.outputChannels; channel++)
    for (let at = 0; at < voxels; at++) if (probabilities[channel * voxels + at]! >= 0.5) found[at] = 1;
  return dice(found, target);
}

async function seeCorrupted(
  data: StudyData,
  unit: DetectUnit,
  inspector: ImageInspector,
  tests: readonly PreparedCase[],
  hooks: RunHooks,
): Promise<Seen[]> {
  const { severities, volumesPerDataset } = data.study.corruptions;
  const chosen = unit.inside.flatMap((dataset) =>
    tests.filter((item) => item.dataset === dataset).slice(0, volumesPerDataset),
  );
  const kinds = Object.entries(corruptions);
  hooks.stage("looking at corrupted images", chosen.length * kinds.length * severities.length, "images");
  const seen: Seen[] = [];
  let done = 0;
  for (const item of chosen) {
    const image = await loadImage(item.files, data.labels.inputChannels.length);
    const labels = await organLabels(data, item, image);
    for (const [name, corruption] of kinds) {
      for (const severity of severities) {
        hooks.signal?.throwIfAborted();
        const one = await seeOne(data, inspector, item, image, labels, name, corruption, severity);
        if (one) seen.push(one);
        hooks.progress(++done);
      }
    }
  }
  return seen;
}

async function seeOne(
  data: StudyData,
  inspector: ImageInspector,
  item: PreparedCase,
  image: Volume,
  labels: Volume<Uint8Array>,
  name: string,
  corruption: Corruption,
  severity: Severity,
): Promise<Seen | undefined> {
  const random = (): Random => Random.stream(data.study.split.seed, name, severity, caseKey(item));
  const corrupted = corruption.apply(image, severity, random());
  const reference = corruption.movesAnatomy
    ? corruption.apply(labels, severity, random())
    : { ...labels, affine: corrupted.affine };
  const { modality } = data.datasets.find((dataset) => dataset.name === item.dataset)!;
  let prepared: Volume<Float32Array>;
  try {
    ({ image: prepared } = prepareImage(corrupted, data.study.preparation, modality, caseKey(item)));
  } catch (error) {
    // A corruption may leave nothing to prepare (a flat image): `predict` would refuse it, so there is nothing to detect.
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const target = prepareLabels({ ...reference, data: Uint8Array.from(reference.data) }, prepared).data;
  const { evidence, probabilities } = await inspector.inspect(
    { dataset: item.dataset, case: `${item.id} ${name} ${severity}`, subject: item.subject },
    prepared,
    true,
  );
  return {
    evidence,
    source: item.dataset,
    case: item.id,
    kind: "near",
    corruption: name,
    severity,
    dice: foregroundDice(data, probabilities, target),
  };
}

async function organLabels(data: StudyData, item: PreparedCase, image: Volume): Promise<Volume<Uint8Array>> {
  const labels = await loadLabels(item.files.label as string);
  const index = data.datasets.findIndex(({ name }) => name === item.dataset);
  const values = new Set(Object.values(data.study.datasets[index]!.organs).flat());
  return {
    shape: image.shape,
    affine: image.affine,
    channels: 1,
    data: labels.data.map((value) => (values.has(value) ? 1 : 0)),
  };
}

async function seeForeign(data: StudyData, inspector: ImageInspector, hooks: RunHooks): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const { folder, modality } of data.study.foreign) {
    const source = await openDataset(folder, { modality });
    hooks.stage(`looking at ${source.name}`, source.cases.length, "images");
    for (const [index, files] of source.cases.entries()) {
      hooks.signal?.throwIfAborted();
      const image = await prepareForeign(data, files, source.modality);
      const name = { dataset: source.name, case: files.id, subject: files.subject };
      const { evidence } = await inspector.inspect(name, image, true);
      seen.push({
        evidence,
        source: source.name,
        case: files.id,
        kind: "far",
        corruption: null,
        severity: null,
        dice: null,
      });
      hooks.progress(index + 1);
    }
  }
  return seen;
}

async function prepareForeign(
  data: StudyData,
  files: CaseFiles,
  modality: Modality,
): Promise<Volume<Float32Array>> {
  const volume = await loadImage(files, data.labels.inputChannels.length);
  return prepareImage(volume, data.study.preparation, modality, files.images[0] as string).image;
}
