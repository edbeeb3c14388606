/**
 * The trainings of an ensemble: one for each fold of the cases that are not kept for testing. Each holds one fold out, so that
 * every case is held out once, and is an ordinary run in a folder of its own.
 */
import { join } from "node:path";
import { caseKey, UserError } from "../base/index.js";
import { type PreparedCase, type Split, splitBySubject } from "../dataset/index.js";
import { fingerprintOf } from "./fingerprint.js";
import { readPlan, splitOf } from "./plan.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

/** Where the training of a fold, counted from 0, lies within the ensemble's folder. */
export const foldFolder = (output: string, fold: number): string => join(output, `fold-${fold + 1}`);

/** Whatever the number of folds: for those who look for what an earlier training left. */
export const FOLD_FOLDER = /^fold-\d+$/;

/**
 * A run as an ensemble. Its test part stays away from all folds; of the rest each fold holds its own share out (the test part
 * of that fold's training), of which no subject is among the images that the fold's network learns from or is chosen by.
 *
 * The held-out images do not choose the checkpoint either: `split.validation` of the others does.
 *
 * @param count folds, at least 2
 * @throws UserError where a fold would hold nothing out, or leave nothing of a dataset for training
 */
export function foldedRun(run: PreparedRun, count: number): PreparedRun {
  const kept = new Set(run.split.test);
  const pool = run.cases.filter((item) => !kept.has(caseKey(item)));
  const { configuration } = run;
  const split: Split = { train: pool.map(caseKey), validation: [], test: [...run.split.test] };
  const folds = Array.from({ length: count }, (_, fold) =>
    foldOf(run, pool, fold, splitBySubject(pool, { ...configuration.split, folds: count, fold })),
  );
  for (const fold of folds) refuseUnfitFold(fold, pool, count);
  return { ...run, split, fingerprint: fingerprintOf({ ...run, split }), folds };
}

/**
 * An ensemble that was planned before, its folds as their own plans say.
 *
 * @param run the whole, as its plan says
 * @throws UserError where a fold's plan is missing, damaged or of another training
 */
export async function reopenedFolds(run: PreparedRun, count: number): Promise<PreparedRun> {
  const pool = partOf(run, "train");
  const folds: PreparedRun[] = [];
  for (let fold = 0; fold < count; fold++) {
    const folder = foldFolder(run.configuration.output, fold);
    const plan = await readPlan(folder);
    const reopened = foldOf(run, pool, fold, splitOf(plan));
    if (reopened.fingerprint !== plan.fingerprint) {
      throw new UserError({
        subject: folder,
        found: "a plan of another training than the ensemble's",
        expected: "the one that was planned with it",
        advice: "Put the folder back as it was, or train anew into another output folder.",
      });
    }
    folds.push(reopened);
  }
  return { ...run, folds };
}

/** The trainings that a run consists of: of an ensemble one for each fold, else the run itself. */
export const trainingsOf = (run: PreparedRun): readonly PreparedRun[] => run.folds ?? [run];

/** Networks of an ensemble start from seeds of their own, so that they differ in more than their images. */
function foldOf(run: PreparedRun, pool: readonly PreparedCase[], fold: number, split: Split): PreparedRun {
  const configuration = {
    ...run.configuration,
    output: foldFolder(run.configuration.output, fold),
    seed: run.configuration.seed + fold,
  };
  const fingerprint = fingerprintOf({ configuration, organs: run.organs, cases: pool, split });
  return { ...run, configuration, cases: pool, split, fingerprint, folds: undefined };
}

function refuseUnfitFold(fold: PreparedRun, pool: readonly PreparedCase[], count: number): void {
  const refuse = (found: string, expected: string): never => {
    throw new UserError({
      subject: "--folds",
      found,
      expected,
      advice: "Ask for another number of folds, or give more cases of other subjects.",
    });
  };
  if (fold.split.test.length === 0) {
    const subjects = new Set(pool.map(({ subject }) => subject)).size;
    refuse(`${count} folds of ${subjects} subjects`, "a subject or more in each");
  }
  const trained = new Set(partOf(fold, "train").map(({ dataset }) => dataset));
  const missing = pool.find(({ dataset }) => !trained.has(dataset));
  if (missing !== undefined) {
    refuse(
      `a fold without an image of ${missing.dataset} to train on`,
      "images of every dataset in every fold",
    );
  }
}
