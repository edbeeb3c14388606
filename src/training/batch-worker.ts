/** A thread that makes batches by number; started by `batch-pool.ts`, which hands it cases and recipe. */
import { parentPort, workerData } from "node:worker_threads";
import { type SentError, sentError } from "../threads/sent-error.js";
import { type Batch, BatchMaker, type BatchRecipe } from "./batch-maker.js";
import { CaseMemory } from "./case-memory.js";
import type { TrainingCase } from "./sampling/index.js";

/** What a thread starts with. */
export interface WorkerStart {
  readonly cases: readonly TrainingCase[];
  readonly recipe: BatchRecipe;
  /** Bytes of voxels that the thread keeps. */
  readonly memory: number;
}

/** What a thread answers to a number. */
export type WorkerAnswer = { readonly number: number } & ({ readonly batch: Batch } | SentError);

const { cases, recipe, memory } = workerData as WorkerStart;
const maker = new BatchMaker(cases, recipe, new CaseMemory(memory));

parentPort?.on("message", async (number: number) => {
  let answer: WorkerAnswer;
  let moved: ArrayBuffer[] = [];
  try {
    const batch = await maker.make(number);
    answer = { number, batch };
    moved = [batch.image, batch.target, batch.weight].map((array) => array.buffer as ArrayBuffer);
  } catch (error) {
    answer = { number, ...sentError(error) };
  }
  parentPort?.postMessage(answer, moved);
});
