/** What an earlier training left in a folder, which is not overwritten unless someone asks for it. */

import { existsSync, readdirSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/index.js";
import { bestCheckpoint, lastCheckpoint } from "../training/loop.js";
import { FOLD_FOLDER } from "./folds.js";
import { runFiles } from "./prepare-run.js";

const ADVICE =
  "Go on with it by --resume, give another `output` in the configuration, or replace it by --overwrite.";

/** @throws UserError where the folder holds checkpoints, a bundle or an evaluation */
export function refuseEarlierRun(folder: string, advice = ADVICE): void {
  const precious = [
    ...[folder, ...foldFoldersIn(folder)].flatMap((path) => [lastCheckpoint(path), bestCheckpoint(path)]),
    join(folder, runFiles.bundle),
    join(folder, runFiles.evaluation),
  ];
  for (const path of precious) {
    if (!existsSync(path)) continue;
    throw new UserError({
      subject: folder,
      found: `an earlier run (${path})`,
      expected: "an output folder without one",
      advice,
    });
  }
}

/** Removes what a training wrote and what was made from it; prepared cases and files of others stay. */
export async function removeEarlierRun(folder: string): Promise<void> {
  const { bundle, evaluation, log, events, plan } = runFiles;
  // The plan first: without it nothing takes what is left for a run.
  const written = [plan, bundle, evaluation, log, events].map((name) => join(folder, name));
  for (const path of [...written, lastCheckpoint(folder), bestCheckpoint(folder)])
    await rm(path, { recursive: true, force: true });
  for (const fold of foldFoldersIn(folder)) {
    await removeEarlierRun(fold);
    await rmdir(fold).catch(() => undefined);
  }
}

/** Folders of an ensemble's trainings. */
const foldFoldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && FOLD_FOLDER.test(entry.name))
        .map(({ name }) => join(folder, name))
    : [];
