/** Does a detect unit: shows every detector the same images through the same network. */
import { groupBy } from "../../base/index.js";
import { type PreparedCase, readPreparedCase, type Split } from "../../dataset/index.js";
import {
  type CaseEvidence,
  type Detector,
  FEWEST_GRADED_IMAGES,
  type GradedEvidence,
  leaveOneOutScores,
} from "../../ood/index.js";
import type { StudyWork } from "../data/planned-study.js";
import { casesOf } from "../data/study-data.js";
import { DatasetClassifier } from "../inspection/dataset-classifier.js";
import { ImageInspector, type Look } from "../inspection/image-inspector.js";
import { keepMaps } from "../inspection/keep-maps.js";
import { seeCorrupted } from "../inspection/see-corrupted.js";
import { seeForeign } from "../inspection/see-foreign.js";
import { type SeenImage, seenCase } from "../inspection/seen-image.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import type { ScoreRow } from "../protocol/study-result.js";
import { detectorsFor } from "./unit-detectors.js";

/** A score; what p-value it stands for is a matter of the promised rate, which is no matter of the unit's. */
export type UnitScore = Omit<ScoreRow, "pValue">;

/** One detector's scores of images that are like the training images: what is usual. */
export interface UsualScores {
  /** Of the validation images. */
  readonly heldOut: readonly number[];
  /**
   * Of the training images, each by the detector fitted without its patient; null where too few patients are left for that,
   * or where the detector needs several predictions of an image: there is one of a training image.
   */
  readonly leaveOneOut: readonly number[] | null;
}

export interface DetectUnitResult {
  readonly seconds: number;
  readonly scores: readonly UnitScore[];
  /** By the detectors' names. */
  readonly usual: Readonly<Record<string, UsualScores>>;
}

export async function doDetectUnit(work: StudyWork, unit: DetectUnit): Promise<DetectUnitResult> {
  const started = performance.now();
  const seen = await seeThroughNetworks(work, unit);
  const detectors = Object.entries(detectorsFor(work.data, unit));
  const able = detectors.filter(([, detector]) => !detector.learnsFromGraded || canGrade(seen));
  const judged = able.map(([name, detector]) => ({
    name,
    ...scoresOf(detector, seen),
  }));
  const rowOf = (detector: string, score: number, { evidence, ...image }: SeenImage): UnitScore => ({
    ...image,
    subject: evidence.subject,
    network: unit.id.replace(/^detect-/, ""),
    detector,
    fold: unit.fold,
    seed: unit.seed,
    score,
  });
  return {
    seconds: (performance.now() - started) / 1000,
    scores: judged.flatMap(({ name, asked }) =>
      asked.map((score, at) => rowOf(name, score, seen.asked[at]!)),
    ),
    usual: Object.fromEntries(judged.map(({ name, usual }) => [name, usual])),
  };
}

/** Images as detectors see them: evidence, never voxels. */
interface SeenImages {
  readonly training: readonly CaseEvidence[];
  readonly heldOut: readonly CaseEvidence[];
  /** Validation images, whole and corrupted, with the Dice coefficient of their masks. */
  readonly graded: readonly GradedEvidence[];
  /** Those that the detectors are asked about. */
  readonly asked: readonly SeenImage[];
}

/** Networks are open for as long as images are looked at. */
async function seeThroughNetworks(work: StudyWork, unit: DetectUnit): Promise<SeenImages> {
  const cases = casesOf(work.data, unit.fold, "train", unit.inside);
  const lesson = { names: unit.inside, cases, seed: unit.seed };
  const classifier = unit.inside.length < 2 ? undefined : await DatasetClassifier.train(work, lesson);
  try {
    const inspector = await ImageInspector.open(work, unit, classifier);
    try {
      return await seeAll(work, unit, inspector);
    } finally {
      await inspector.close();
    }
  } finally {
    await classifier?.release();
  }
}

async function seeAll(work: StudyWork, unit: DetectUnit, inspector: ImageInspector): Promise<SeenImages> {
  const { data, hooks } = work;
  const part = (name: keyof Split, datasets: readonly string[]): PreparedCase[] =>
    casesOf(data, unit.fold, name, datasets);
  const [train, validation] = [part("train", unit.inside), part("validation", unit.inside)];
  const [inside, outside] = [part("test", unit.inside), part("test", unit.outside)];
  const { corruptions, uncertainty } = data.study;
  const corrupted = unit.full ? firstOfEach(inside, corruptions.volumesPerDataset) : [];
  const practice = unit.full ? firstOfEach(validation, corruptions.volumesPerDataset) : [];
  const kept = new Set(unit.full ? firstOfEach(inside, uncertainty.mapsPerDataset) : []);

  const all = train.length + validation.length + inside.length + outside.length;
  hooks.stage("looking at images of the study", all, "images");
  let done = 0;
  const see = async (items: readonly PreparedCase[], look: Look): Promise<SeenImage[]> => {
    const seen: SeenImage[] = [];
    for (const item of items) {
      const { image, target } = await readPreparedCase(item);
      const inspected = await look({ dataset: item.dataset, id: item.id, subject: item.subject }, image);
      seen.push(seenCase(item, target, inspected));
      if (kept.has(item)) await keepMaps(data, { ...item, image, target }, inspected);
      hooks.progress(++done);
    }
    return seen;
  };
  const once: Look = (name, image) => inspector.inspect(name, image);
  const severally: Look = (name, image) => inspector.inspectSeveral(name, image);
  const evidenceOf = (seen: readonly SeenImage[]): CaseEvidence[] => seen.map(({ evidence }) => evidence);
  const training = evidenceOf(await see(train, once));
  const heldOut = await see(validation, severally);
  const graded = practice.length > 0 ? [...heldOut, ...(await seeCorrupted(work, practice, once))] : [];
  return {
    training,
    heldOut: evidenceOf(heldOut),
    graded: graded.map(({ evidence, dice }) => ({ evidence, dice: dice! })),
    asked: [
      ...(await see(inside, severally)),
      ...(await see(outside, severally)).map((seen) => ({ ...seen, kind: "far" as const, dice: null })),
      ...(corrupted.length > 0 ? await seeCorrupted(work, corrupted, severally) : []),
      ...(unit.full ? await seeForeign(work, inspector) : []),
    ],
  };
}

/** The first `count` cases of each dataset. */
const firstOfEach = (items: readonly PreparedCase[], count: number): PreparedCase[] =>
  [...groupBy(items, ({ dataset }) => dataset).values()].flatMap((own) => own.slice(0, count));

function scoresOf(
  detector: Detector,
  { training, heldOut, graded, asked }: SeenImages,
): { asked: number[]; usual: UsualScores } {
  const fitted = detector.fit(training, graded, heldOut);
  return {
    asked: asked.map(({ evidence }) => fitted.score(evidence)),
    usual: {
      heldOut: detector.learnsFromGraded
        ? scoresWithoutOwn(detector, { training, heldOut, graded })
        : (fitted.heldOut ?? heldOut.map((evidence) => fitted.score(evidence))),
      leaveOneOut:
        canLeaveOut(training) && detector.members === undefined && !detector.learnsFromGraded
          ? (detector.leaveOneOut?.(training) ?? leaveOneOutScores(detector, training))
          : null,
    },
  };
}

/** Of every validation image by what was learnt without the images of its patient: what is learnt by heart is not usual. */
function scoresWithoutOwn(
  detector: Detector,
  { training, heldOut, graded }: Pick<SeenImages, "training" | "heldOut" | "graded">,
): number[] {
  return heldOut.map((evidence) => {
    const others = graded.filter((one) => one.evidence.subject !== evidence.subject);
    return detector.fit(training, others).score(evidence);
  });
}

/** Of every validation image a regression must be fitted without its patient. */
const canGrade = ({ heldOut, graded }: SeenImages): boolean =>
  heldOut.every(
    ({ subject }) =>
      graded.filter(({ evidence }) => evidence.subject !== subject).length >= FEWEST_GRADED_IMAGES,
  );

/** Detectors need three patients, and some of them two datasets where there are several. */
export function canLeaveOut(training: readonly CaseEvidence[]): boolean {
  const datasets = new Set(training.map(({ dataset }) => dataset)).size;
  return [...new Set(training.map(({ subject }) => subject))].every((subject) => {
    const left = training.filter((evidence) => evidence.subject !== subject);
    const patients = new Set(left.map((evidence) => evidence.subject)).size;
    return patients >= 3 && new Set(left.map(({ dataset }) => dataset)).size >= Math.min(2, datasets);
  });
}
