/** Where the results of a prediction go, and the refusal to write over anything that nobody asked to lose. */
import { realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../base/index.js";
import type { CaseFiles } from "../dataset/index.js";
import type { ResultFormat } from "./result-formats.js";

/** Files of one case, absolute. */
export interface PredictionTargets {
  readonly verdict: string;
  readonly mask: string;
  readonly confidence: string;
  readonly entropy: string;
  readonly mutualInformation: string;
}

/** Endings of the files with mask and confidence, and of those with other maps. */
export type TargetEndings = Pick<ResultFormat, "ending" | "mapEnding">;

export function predictionTargets(
  folder: string,
  caseId: string,
  { ending, mapEnding }: TargetEndings,
): PredictionTargets {
  const file = (end: string): string => join(resolve(folder), `${caseId}${end}`);
  return {
    verdict: file("_verdict.json"),
    mask: file(`_mask${ending}`),
    confidence: file(`_confidence${ending}`),
    entropy: file(`_entropy${mapEnding}`),
    mutualInformation: file(`_mutual-information${mapEnding}`),
  };
}

export interface TargetPolicy {
  /** Results that are there may be replaced; images that are read never. */
  readonly overwrite: boolean;
}

/**
 * Called before any work, with everything that will be written.
 *
 * @throws UserError naming the first target that is one of the images, or is there and may not be replaced
 */
export async function refuseLosses(
  cases: readonly CaseFiles[],
  targetsOf: (item: CaseFiles) => readonly string[],
  { overwrite }: TargetPolicy,
): Promise<void> {
  const inputs = new Set(await Promise.all(cases.flatMap(({ images }) => images.map(realPath))));
  for (const target of cases.flatMap(targetsOf)) {
    const path = await realPath(target);
    if (inputs.has(path)) {
      throw new UserError({
        subject: target,
        found: "one of the images to predict",
        expected: "a name that is no image's",
        advice: "Write the results into another folder with --out.",
      });
    }
    if (overwrite || !(await exists(path))) continue;
    throw new UserError({
      subject: target,
      found: "a file that is there already",
      expected: "nothing that would be lost",
      advice: "Write the results into another folder with --out, or replace them with --overwrite.",
    });
  }
}

const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
