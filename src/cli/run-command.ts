/** What every command shares: hooks for long work, Ctrl-C, and what an error becomes. */

import { UserError, type WorkHooks } from "../base/index.js";
import { startProgress } from "./progress.js";

export const exitStatus = { trusted: 0, error: 1, usage: 2, foreign: 3, interrupted: 130 } as const;

/** Tells what the user should know of a result that is there nevertheless. */
export function warn(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}

/**
 * Runs a command and sets the exit status: what it returns, or 1 with one line on stderr for an error the user can mend.
 * The first Ctrl-C asks the work to stop cleanly, the second one ends it.
 */
export async function runCommand(quiet: boolean, work: (hooks: WorkHooks) => Promise<number>): Promise<void> {
  const progress = startProgress(quiet);
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted);
    progress.finish();
    process.stderr.write("Stopping after this step; press Ctrl-C again to stop at once.\n");
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    process.exitCode = await work({
      stage: progress.stage,
      progress: progress.update,
      signal: controller.signal,
    });
    progress.finish();
  } catch (error) {
    progress.finish();
    if (error instanceof UserError) {
      process.stderr.write(`error: ${error.message}\n`);
      process.exitCode = exitStatus.error;
    } else if (controller.signal.aborted && error === controller.signal.reason) {
      process.exitCode = exitStatus.interrupted;
    } else {
      throw error;
    }
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
