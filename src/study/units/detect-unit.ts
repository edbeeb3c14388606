/** Does a detect unit: shows every detector the same images through the same network. */
import { groupBy, type WorkHooks } from "../../base/index.js";
import {
  type CaseFiles,
  loadImage,
  openDataset,
  type PreparedCase,
  readPreparedCase,
} from "../../dataset/index.js";
import type { Engine } from "../../graph/index.js";
import {
  conformalPValue,
  type Detector,
  detectors,
  leaveOneOutScores,
  signatureVariants,
} from "../../ood/index.js";
import { prepareImage } from "../../preparation/index.js";
import { type Modality, modalityOfEachChannel, type Volume } from "../../volume/index.js";
import { casesOf, type StudyData } from "../data/study-data.js";
import { DatasetClassifier } from "../inspection/dataset-classifier.js";
import { ImageInspector } from "../inspection/image-inspector.js";
import { keepMaps } from "../inspection/keep-maps.js";
import { seeCorrupted } from "../inspection/see-corrupted.js";
import { type SeenImage, seePrepared } from "../inspection/seen-image.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import type { ScoreRow } from "../protocol/study-result.js";

export interface DetectUnitResult {
  readonly seconds: number;
  readonly scores: readonly ScoreRow[];
}

export async function doDetectUnit(
  data: StudyData,
  unit: DetectUnit,
  engine: Engine,
  hooks: WorkHooks,
  threads: number | undefined,
): Promise<DetectUnitResult> {
  const started = performance.now();
  const part = (name: "train" | "validation" | "test", datasets: readonly string[]): PreparedCase[] =>
    casesOf(data, unit.fold, name, datasets);
  const train = part("train", unit.inside);
  const classifier =
    unit.inside.length < 2
      ? undefined
      : await DatasetClassifier.train(data, unit.inside, train, unit.seed, engine, hooks, threads);
  const inspector = await ImageInspector.open(data, unit, classifier, engine, threads, hooks.signal);
  try {
    const validation = part("validation", unit.inside);
    const tests = part("test", unit.inside);
    const { volumesPerDataset } = data.study.corruptions;
    const corrupted = firstOfEach(tests, unit.full ? volumesPerDataset : 0);
    const kept = new Set(firstOfEach(tests, unit.full ? data.study.uncertainty.mapsPerDataset : 0));
    hooks.stage("looking at its own images", train.length + validation.length + tests.length, "images");
    let done = 0;
    const evidenceOf = async (items: readonly PreparedCase[], several: boolean): Promise<SeenImage[]> => {
      const seen: SeenImage[] = [];
      for (const item of items) {
        const read = { ...item, ...(await readPreparedCase(item)) };
        const { seen: one, inspected } = await seePrepared(inspector, read, several);
        seen.push(one);
        if (kept.has(item)) await keepMaps(data, read, inspected);
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
      ...(corrupted.length > 0 ? await seeCorrupted(data, inspector, corrupted, hooks) : []),
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

/** The first `count` cases of each dataset. */
const firstOfEach = (items: readonly PreparedCase[], count: number): PreparedCase[] =>
  [...groupBy(items, ({ dataset }) => dataset).values()].flatMap((own) => own.slice(0, count));

/** Detectors need three patients besides the one that is left out. */
const FEWEST_PATIENTS = 4;

/** Those that this unit gathers evidence for. */
function detectorsFor(data: StudyData, unit: DetectUnit): Record<string, Detector> {
  const { dropoutPasses, flips } = data.study.uncertainty;
  const without = [
    ...(!unit.full || dropoutPasses === 0 || data.network.description.dropout === 0 ? ["dropout-"] : []),
    ...(!unit.full || unit.members.length < 2 ? ["ensemble-"] : []),
    ...(!unit.full || flips === 0 ? ["augmentation-"] : []),
    ...(unit.inside.length < 2 ? ["dataset-classifier", "feature-classifier"] : []),
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
  training: readonly SeenImage[],
  calibration: readonly SeenImage[],
  asked: readonly SeenImage[],
): ScoreRow[] {
  const known = training.map(({ evidence }) => evidence);
  const fitted = detector.fit(known);
  // With fewer than 1 / alpha - 1 held-out images nothing could ever be refused: the training images then say what is
  // usual, each scored by the detector fitted without its patient, where enough of them are left for that.
  const patients = new Set(known.map(({ subject }) => subject)).size;
  const enough = calibration.length >= 1 / alpha - 1 || patients < FEWEST_PATIENTS;
  const usual = enough
    ? calibration.map(({ evidence }) => fitted.score(evidence))
    : leaveOneOutScores(detector, known);
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

async function seeForeign(
  data: StudyData,
  inspector: ImageInspector,
  hooks: WorkHooks,
): Promise<SeenImage[]> {
  const seen: SeenImage[] = [];
  for (const { folder, modality } of data.study.foreign) {
    const source = await openDataset(folder, { modality });
    const channels = data.labels.inputChannels.length;
    const modalities = modalityOfEachChannel(source.modalities, channels, `modality of ${folder}`);
    hooks.stage(`looking at ${source.name}`, source.cases.length, "images");
    for (const [index, files] of source.cases.entries()) {
      hooks.signal?.throwIfAborted();
      const image = await prepareForeign(data, files, modalities);
      const name = { dataset: source.name, id: files.id, subject: files.subject };
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
  modalities: readonly Modality[],
): Promise<Volume<Float32Array>> {
  const volume = await loadImage(files, data.labels.inputChannels.length);
  return prepareImage(volume, data.study.preparation, modalities, files.images[0] as string).image;
}
