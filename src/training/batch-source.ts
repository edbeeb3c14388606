/**
 * Batches ahead of time: threads make the next ones while the network is busy with this one.
 *
 * A batch depends on its number alone, so any number of threads gives the same batches and a resumed run goes on with
 * the ones it would have had. Voxels are put into shared memory once; finished batches are moved, not copied.
 */
import {
  type Batch,
  BatchMaker,
  type BatchRecipe,
  indexCases,
  type TrainingRecipe,
  type ValidationRecipe,
  validationBatchCount,
} from "./batch-maker.js";
import { BatchPool } from "./batch-pool.js";
import type { TrainingCase } from "./sampling/index.js";

export interface BatchSource {
  /**
   * @param step a whole number from 0; consecutive steps are what is made ahead, but any order is right
   * @throws (rejects) where a thread failed or the source is closed
   */
  batch(step: number): Promise<Batch>;
  /** Stops the threads; batches still awaited are rejected. */
  close(): Promise<void>;
}

/** A fixed list of batches. The last one is filled up with samples of weight 0. */
export interface ValidationBatches extends BatchSource {
  readonly count: number;
}

export interface SourceOptions {
  /** Threads; 0 makes every batch when it is asked for, in this thread. */
  readonly workers?: number;
  /** Batches made ahead of the one asked for. */
  readonly prefetch?: number;
}

/**
 * Training batches without end.
 *
 * @throws UserError where cases do not fit each other, their labels or the recipe's channels
 */
export function batchSource(
  cases: readonly TrainingCase[],
  recipe: Omit<TrainingRecipe, "kind">,
  options: SourceOptions = {},
): BatchSource {
  return source(cases, { ...recipe, kind: "training" }, options, Number.POSITIVE_INFINITY);
}

/**
 * The same unaugmented patches whenever they are asked for: of each case, some centred on its organs in turn.
 *
 * @throws UserError as `batchSource`
 */
export function validationBatches(
  cases: readonly TrainingCase[],
  recipe: Omit<ValidationRecipe, "kind">,
  options: SourceOptions = {},
): ValidationBatches {
  const whole: ValidationRecipe = { ...recipe, kind: "validation" };
  const count = validationBatchCount(cases.length, whole);
  const { batch, close } = source(cases, whole, options, count);
  return { count, batch, close };
}

/**
 * The same cases with their voxels in shared memory. Sources with threads do this themselves; do it beforehand, and
 * let the originals go, where several sources read the same cases or memory is short.
 */
export function shareCases<Case extends TrainingCase>(cases: readonly Case[]): Case[] {
  return cases.map((one) => ({
    ...one,
    image: { ...one.image, data: sharedCopy(one.image.data) },
    target: sharedCopy(one.target),
  }));
}

function source(
  cases: readonly TrainingCase[],
  recipe: BatchRecipe,
  { workers = 1, prefetch = 2 }: SourceOptions,
  count: number,
): BatchSource {
  checkRecipe(recipe);
  if (workers === 0) return inProcess(new BatchMaker(indexCases(cases), recipe), count);
  const indexed = indexCases(shareCases(cases), sharedIndices);
  // Made once here too, so that cases that do not fit are refused at once and not by a thread.
  new BatchMaker(indexed, recipe);
  const pool = new BatchPool({ cases: indexed, recipe }, workers, prefetch, count);
  return {
    batch: async (step) => {
      checkNumber(step, count);
      return pool.batch(step);
    },
    close: () => pool.close(),
  };
}

function inProcess(maker: BatchMaker, count: number): BatchSource {
  let closed = false;
  return {
    batch: async (step) => {
      if (closed) throw new Error("batch source: closed");
      checkNumber(step, count);
      return maker.make(step);
    },
    close: async () => {
      closed = true;
    },
  };
}

function checkNumber(step: number, count: number): void {
  if (!Number.isInteger(step) || step < 0 || step >= count) {
    throw new RangeError(`batch ${step}: expected a whole number from 0 and below ${count}`);
  }
}

function checkRecipe(recipe: BatchRecipe): void {
  const sizes = [recipe.batch, ...recipe.patch, recipe.kind === "validation" ? recipe.patchesPerCase : 1];
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new RangeError(
      `samples of a batch, voxels of a patch and patches of a case must be whole numbers from 1, not ${sizes.join(", ")}`,
    );
  }
}

const sharedIndices = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length));

function sharedCopy<Data extends Float32Array | Uint8Array>(data: Data): Data {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const Kind = data.constructor as new (buffer: SharedArrayBuffer) => Data;
  const copy = new Kind(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
