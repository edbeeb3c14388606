/** The images of a command, worked through one by one. */
import { UserError, type WorkHooks } from "../base/index.js";
import type { CaseFiles } from "../dataset/index.js";
import type { Verdict } from "../ood/index.js";
import { exitStatus } from "./exit-status.js";

/**
 * Works through the cases with progress. What the user can mend of one case is told on stderr, and the others are done.
 *
 * @returns exit status: 0 all trusted, 3 some foreign, 1 some could not be used
 */
export async function eachCase(
  cases: readonly CaseFiles[],
  work: (files: CaseFiles) => Promise<Verdict>,
  hooks: WorkHooks,
): Promise<number> {
  let [foreign, failed] = [0, 0];
  for (const [index, files] of cases.entries()) {
    hooks.signal?.throwIfAborted();
    const verdict = await reported(() => work(files));
    if (verdict === undefined) failed++;
    else if (verdict.foreign) foreign++;
    hooks.progress(index + 1);
  }
  if (failed > 0 && cases.length > 1)
    process.stderr.write(`${failed} of ${cases.length} images could not be used.\n`);
  return failed > 0 ? exitStatus.error : foreign > 0 ? exitStatus.foreign : exitStatus.trusted;
}

/** What the work gives, or undefined after telling what the user can mend. */
async function reported<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return undefined;
  }
}
