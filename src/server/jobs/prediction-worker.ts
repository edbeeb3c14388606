/** The thread that computes, started by `prediction-thread.ts`. Networks stay open between jobs. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../base/index.js";
import { type OpenedBundle, openNetworks } from "../../bundle/index.js";
import type { Device } from "../../graph/index.js";
import { readBundleFolder } from "../../run/bundle-folder.js";
import { nodeEngine } from "../../run/engines/node.js";
import { type Failure, failureOf } from "../../threads/failure.js";
import { type SentError, sentError } from "../../threads/sent-error.js";
import { controllerOf, type StopFlag } from "../../threads/stop-flag.js";
import { MAX_BYTES } from "../../volume/index.js";
import type { JobProgress, JobResults } from "./job.js";
import { predictTask, withoutPaths } from "./predict-task.js";
import type { PredictionTask } from "./predictor.js";

/** What the thread starts with. */
export interface PredictionSettings {
  readonly device: Device;
  /** Of the engine; default: all cores. */
  readonly threads?: number;
  /** Most bytes that an image may say it has once it is unpacked; default: what any image may have. */
  readonly maxUnpackedBytes?: number;
}

/** What the thread is told. */
export type PredictionOrder =
  | { readonly kind: "predict"; readonly task: PredictionTask; readonly stop: StopFlag }
  /** Follows the flag of the task, to wake up whatever only listens. */
  | { readonly kind: "stop" }
  | { readonly kind: "close" };

/** What the thread tells. */
export type PredictionReport =
  | { readonly kind: "progress"; readonly progress: JobProgress }
  | { readonly kind: "done"; readonly results: JobResults }
  | { readonly kind: "stopped" }
  | { readonly kind: "refused"; readonly error: SentError }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Networks kept open; the one that was asked for longest ago is closed for another. */
const MOST_OPEN = 4;

const port = parentPort!;
const { device, threads, maxUnpackedBytes = MAX_BYTES } = workerData as PredictionSettings;
const engine = nodeEngine({ device, threads });
/** By fingerprint, the latest last. */
const open = new Map<string, OpenedBundle>();
let controller: AbortController | undefined;

const tell = (report: PredictionReport): void => port.postMessage(report);

port.on("message", async (order: PredictionOrder) => {
  if (order.kind === "stop") controller?.abort();
  else if (order.kind === "predict") await predict(order.task, order.stop);
  else {
    for (const { session } of open.values()) await session.release();
    port.close();
  }
});

async function predict(task: PredictionTask, stop: StopFlag): Promise<void> {
  controller = controllerOf(stop);
  const { signal } = controller;
  try {
    const progress = (progress: JobProgress): void => tell({ kind: "progress", progress });
    const opened = await openedBundle(task.bundle);
    tell({ kind: "done", results: await predictTask(opened, task, { maxUnpackedBytes, signal, progress }) });
  } catch (error) {
    if (signal.aborted && error === signal.reason) tell({ kind: "stopped" });
    else if (error instanceof UserError) {
      tell({ kind: "refused", error: sentError(withoutPaths(error, task)) });
    } else tell({ kind: "failed", failure: failureOf(error) });
  }
}

async function openedBundle({ folder, fingerprint }: PredictionTask["bundle"]): Promise<OpenedBundle> {
  const known = open.get(fingerprint);
  const opened = known ?? (await openBundle(folder, fingerprint));
  open.delete(fingerprint);
  for (const [other, { session }] of [...open].slice(0, Math.max(0, open.size + 1 - MOST_OPEN))) {
    open.delete(other);
    await session.release();
  }
  open.set(fingerprint, opened);
  return opened;
}

async function openBundle(folder: string, fingerprint: string): Promise<OpenedBundle> {
  const bundle = await readBundleFolder(folder);
  if (bundle.fingerprint !== fingerprint) {
    throw new UserError({
      subject: "bundle",
      found: "another version of it on the server's disk than the server started with",
      expected: "the bundle that the job was taken for",
      advice: "Start the server again, then send the image again.",
    });
  }
  return openNetworks(engine, bundle);
}
