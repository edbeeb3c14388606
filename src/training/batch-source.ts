/**
 * Batches ahead of time: threads make the next ones while the network is busy with this one.
 *
 * A batch depends on its number alone, so any number of threads gives the same batches and a resumed run goes on with
 * the ones it would have had. Threads read the cases themselves and keep a bounded part of them; finished batches are
 * moved, not copied.
 */
import { type Batch, BatchMaker, type BatchRecipe } from "./batch-maker.js";
import { BatchPool } from "./batch-pool.js";
import { CASE_MEMORY_BYTES, CaseMemory } from "./case-memory.js";
import type { TrainingCase } from "./sampling/index.js";

export interface BatchSource {
  /**
   * @param step a whole number from 0; consecutive steps are what is made ahead, but any order is right
   * @throws (rejects) UserError where a case cannot be read; where a thread failed or the source is closed
   */
  batch(step: number): Promise<Batch>;
  /** Stops the threads; batches still awaited are rejected. */
  close(): Promise<void>;
}

export interface SourceOptions {
  /** Threads; 0 makes every batch when it is asked for, in this thread. */
  readonly workers?: number;
  /** Batches made ahead of the one asked for. */
  readonly prefetch?: number;
  /** Bytes of voxels that are kept, over all threads; default `CASE_MEMORY_BYTES`. */
  readonly memory?: number;
}

/**
 * Training batches without end.
 *
 * @throws UserError where cases do not fit each other or the recipe's channels
 */
export function batchSource(
  cases: readonly TrainingCase[],
  recipe: BatchRecipe,
  { workers = 1, prefetch = 2, memory = CASE_MEMORY_BYTES }: SourceOptions = {},
): BatchSource {
  checkRecipe(recipe);
  // Made with threads as well, so that cases that do not fit are refused at once and not by a thread.
  const maker = new BatchMaker(cases, recipe, new CaseMemory(memory));
  if (workers === 0) return inProcess(maker);
  const start = { cases: cases.map(plain), recipe, memory: memory / workers };
  const pool = new BatchPool(start, workers, prefetch);
  return {
    batch: async (step) => {
      checkNumber(step);
      return pool.batch(step);
    },
    close: () => pool.close(),
  };
}

function inProcess(maker: BatchMaker): BatchSource {
  let closed = false;
  return {
    batch: async (step) => {
      if (closed) throw new Error("batch source: closed");
      checkNumber(step);
      return maker.make(step);
    },
    close: async () => {
      closed = true;
    },
  };
}

/** What a thread needs of a case. */
const plain = ({ dataset, id, organs, grid, channels, entry }: TrainingCase): TrainingCase => ({
  dataset,
  id,
  organs,
  grid,
  channels,
  entry,
});

function checkNumber(step: number): void {
  if (!Number.isInteger(step) || step < 0) {
    throw new RangeError(`batch ${step}: expected a whole number from 0`);
  }
}

function checkRecipe({ batch, patch }: BatchRecipe): void {
  const sizes = [batch, ...patch];
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new RangeError(
      `samples of a batch and voxels of a patch must be whole numbers from 1, not ${sizes.join(", ")}`,
    );
  }
}
