/** A thread that makes batches by number; started by `batch-source.ts`, which hands it cases and recipe. */
import { parentPort, workerData } from "node:worker_threads";
import { type Batch, BatchMaker, type BatchRecipe, type IndexedCase } from "./batch-maker.js";

/** What a thread starts with; voxels lie in shared memory. */
export interface WorkerStart {
  readonly cases: readonly IndexedCase[];
  readonly recipe: BatchRecipe;
}

/** What a thread answers to a number. */
export type WorkerAnswer =
  | { readonly number: number; readonly batch: Batch }
  | { readonly number: number; readonly error: unknown };

const { cases, recipe } = workerData as WorkerStart;
const maker = new BatchMaker(cases, recipe);

parentPort?.on("message", (number: number) => {
  let answer: WorkerAnswer;
  let moved: ArrayBuffer[] = [];
  try {
    const batch = maker.make(number);
    answer = { number, batch };
    moved = [batch.image, batch.target, batch.weight].map((array) => array.buffer as ArrayBuffer);
  } catch (error) {
    answer = { number, error };
  }
  parentPort?.postMessage(answer, moved);
});
