/**
 * The thread in which a command's work runs, started by `run-command.ts`. The engine computes without a pause inside
 * `run`; here that holds up nobody who shows progress or listens for Ctrl-C.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { type Failure, failureOf } from "../threads/failure.js";
import { controllerOf, type StopFlag } from "../threads/stop-flag.js";
import { type CommandCall, commands } from "./commands.js";

/** What the thread starts with. */
export interface CommandStart {
  readonly call: CommandCall;
  readonly stop: StopFlag;
}

/** What the thread tells: how the work goes, and at last how it ended. */
export type CommandReport =
  | { readonly kind: "stage"; readonly label: string; readonly total: number; readonly unit: string }
  | { readonly kind: "progress"; readonly done: number; readonly note?: string }
  | { readonly kind: "said"; readonly sentence: string }
  | { readonly kind: "ended"; readonly status: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "failed"; readonly failure: Failure };

const port = parentPort!;
const { call, stop } = workerData as CommandStart;
const tell = (report: CommandReport): void => port.postMessage(report);

const controller = controllerOf(stop);
const { signal } = controller;
port.on("message", () => controller.abort());
// Listening alone must not keep the thread alive once its work is done.
port.unref();

const hooks: WorkHooks = {
  stage: (label, total, unit) => tell({ kind: "stage", label, total, unit }),
  progress: (done, note) => tell({ kind: "progress", done, note }),
  said: (sentence) => tell({ kind: "said", sentence }),
  signal,
};
try {
  const work = commands[call.name] as (given: unknown, engine: Engine, hooks: WorkHooks) => Promise<number>;
  const engine = nodeEngine({ device: call.device, threads: call.threads });
  tell({ kind: "ended", status: await work(call.given, engine, hooks) });
} catch (error) {
  const stopped = signal.aborted && error === signal.reason;
  tell(stopped ? { kind: "interrupted" } : { kind: "failed", failure: failureOf(error) });
}
