/** What every command shares: a thread for its work, progress, Ctrl-C, and what an error becomes. */

import { finished } from "node:stream/promises";
import { Worker } from "node:worker_threads";
import { failureOf, failureText } from "../threads/failure.js";
import { newStopFlag, raise } from "../threads/stop-flag.js";
import type { CommandReport, CommandStart } from "./command-worker.js";
import type { CommandCall } from "./commands.js";
import { exitStatus } from "./exit-status.js";
import { outputFailure } from "./output.js";
import { silentProgress, startProgress } from "./progress.js";

/** Tells what the user should know of a result that is there nevertheless. */
export function warn(warning: string): void {
  process.stderr.write(`warning: ${warning}\n`);
}

/**
 * Runs a command and sets the exit status: what it returns, or 1 with one line on stderr for an error. The first
 * Ctrl-C asks the work to stop cleanly, the second one ends it.
 *
 * @param options.quiet no progress display
 */
export async function runCommand(call: CommandCall, options: { readonly quiet: boolean }): Promise<void> {
  const progress = options.quiet ? silentProgress : startProgress(process.stderr);
  const stop = newStopFlag();
  const start: CommandStart = { call, stop };
  const worker = new Worker(new URL("./command-worker.js", import.meta.url), {
    workerData: start,
    stdout: true,
    stderr: true,
  });
  const interrupt = onInterrupt(() => {
    progress.finish();
    process.stderr.write("Stopping after this step; press Ctrl-C again to stop at once.\n");
    raise(stop);
    worker.postMessage("stop");
  });
  const outputs = [
    { from: worker.stdout, to: process.stdout },
    { from: worker.stderr, to: process.stderr },
  ].map(({ from, to }) => {
    from.on("data", (chunk: Buffer) => {
      progress.finish();
      to.write(chunk);
    });
    return finished(from);
  });
  let status: number | undefined;
  const fail = (error: string): void => {
    progress.finish();
    process.stderr.write(error);
    status = exitStatus.error;
  };
  worker.on("message", (report: CommandReport) => {
    if (report.kind === "stage") progress.stage(report.label, report.total, report.unit);
    else if (report.kind === "said") progress.say(report.sentence);
    else if (report.kind === "progress") progress.update(report.done, report.note);
    else if (report.kind === "failed") fail(failureText(report.failure));
    else status = report.kind === "interrupted" ? exitStatus.interrupted : report.status;
  });
  worker.on("error", (error) => fail(failureText(failureOf(error))));
  const code = await new Promise<number>((resolve) => worker.on("exit", resolve));
  await Promise.all(outputs);
  interrupt.ignore();
  progress.finish();
  if (status === undefined)
    fail(failureText(failureOf(new Error(`the work ended without a word (${code})`))));
  if (outputFailure() !== undefined) fail(failureText(failureOf(outputFailure())));
  process.exitCode = status;
}

/** Calls `first` at the first signal to stop; the second one ends the process. */
function onInterrupt(first: () => void): { ignore(): void } {
  let asked = false;
  const signals = ["SIGINT", "SIGTERM"] as const;
  const ignore = (): void => {
    for (const signal of signals) process.off(signal, interrupt);
  };
  const interrupt = (): void => {
    if (!asked) {
      asked = true;
      first();
      return;
    }
    // Without its listener the signal ends the process at once, which shells call status 130. `process.exit` would
    // wait for the thread, and the engine aborts where its thread is taken away while it computes.
    ignore();
    process.kill(process.pid, "SIGINT");
  };
  for (const signal of signals) process.on(signal, interrupt);
  return { ignore };
}
