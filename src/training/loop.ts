/** The loop over updates: batches in, weights out; validation, schedule, checkpoints, log. */

import { join } from "node:path";
import type { ParameterLayout } from "../network/index.js";
import type { BatchSource } from "./batch-source.js";
import { type Checkpoint, type LoopMemory, saveCheckpoint } from "./checkpoint.js";
import type { LogEntry } from "./log.js";
import type { Schedule } from "./schedules/index.js";
import type { ProgramBatch } from "./train-program.js";
import type { Validation } from "./validation.js";

/** What the loop needs of a training program; `TrainProgram` is one. */
export interface Trainable {
  update(batch: ProgramBatch, learningRate: number): Promise<{ loss: number; gradientNorm: number }>;
  state(): { step: number; vectors: Record<string, Float32Array> };
  load(state: { step: number; vectors: Readonly<Record<string, Float32Array>> }): void;
}

/** A validation, and the best one up to it. */
export interface ValidationLook {
  readonly step: number;
  readonly validation: Validation;
  readonly bestLoss: number;
  /** Updates behind the best one. */
  readonly bestStep: number;
  /** Dice of the best one, by dataset. */
  readonly bestDice: Validation["dice"];
  readonly validationsWithoutBetter: number;
}

export interface LoopOptions {
  readonly program: Trainable;
  readonly layout: ParameterLayout;
  readonly batches: BatchSource;
  /** Absent where there is no validation case. Rejects where the signal asks to stop meanwhile. */
  readonly validate?: () => Promise<Validation>;
  readonly schedule: Schedule;
  readonly updates: number;
  readonly validateEvery: number;
  /** Updates between two entries of the log; every validation is logged as well. */
  readonly logEvery: number;
  /** Validations without a better loss that end the training; 0: never. */
  readonly earlyStopping: number;
  readonly folder: string;
  readonly fingerprint: string;
  /** Where to go on. */
  readonly from?: Checkpoint;
  readonly log: (entry: LogEntry) => Promise<void>;
  readonly onStep?: (step: number, loss: number) => void;
  readonly onValidation?: (look: ValidationLook) => void;
  /** Finish the update, save, return. */
  readonly signal?: AbortSignal;
}

export type LoopEnd = "finished" | "stopped early" | "interrupted";

export const lastCheckpoint = (folder: string): string => join(folder, "last.safetensors");
export const bestCheckpoint = (folder: string): string => join(folder, "best.safetensors");

/**
 * Trains until the updates are done, validation no longer improves, or the signal asks to stop.
 * A resumed run ends with the same weights as one that was never interrupted: batches and dropout depend on the
 * number of the update alone, and everything else is in the checkpoint.
 *
 * @throws UserError where the loss is no longer finite; the checkpoints of the validations before stay on disk
 */
export async function trainLoop(options: LoopOptions): Promise<LoopEnd> {
  const { program, batches, schedule, updates, signal } = options;
  let memory: LoopMemory = {
    step: 0,
    schedule: {},
    bestLoss: null,
    bestStep: 0,
    bestDice: {},
    validationsWithoutBetter: 0,
    lossSum: 0,
    lossCount: 0,
    loggedSum: 0,
    loggedCount: 0,
  };
  if (options.from) {
    memory = options.from.memory;
    program.load({ step: memory.step, vectors: options.from.vectors });
    schedule.load(memory.schedule);
  }
  const checkpoint = (): Checkpoint => ({
    vectors: program.state().vectors,
    memory: { ...memory, schedule: schedule.state() },
    fingerprint: options.fingerprint,
  });
  const save = (path: string): Promise<void> => saveCheckpoint(path, checkpoint(), options.layout);

  const outOfPatience = (): boolean =>
    options.earlyStopping > 0 && memory.validationsWithoutBetter >= options.earlyStopping;
  // So it was when the run ended; it was resumed for what comes after the training.
  if (outOfPatience()) return "stopped early";

  let next = memory.step < updates ? batches.batch(memory.step) : undefined;
  for (let step = memory.step; step < updates; step++) {
    if (signal?.aborted) {
      await next?.catch(() => undefined);
      await save(lastCheckpoint(options.folder));
      return "interrupted";
    }
    const batch = await (next as Promise<ProgramBatch>);
    next = step + 1 < updates ? batches.batch(step + 1) : undefined;
    // A rejection is dealt with when the batch is awaited, not as an unhandled one meanwhile.
    next?.catch(() => undefined);
    const rate = schedule.rate(step);
    const validates = (step + 1) % options.validateEvery === 0 || step + 1 === updates;
    const before = validates && options.validate && signal ? checkpoint() : undefined;
    const { loss, gradientNorm } = await program.update(batch, rate);
    memory = {
      ...memory,
      step: step + 1,
      lossSum: memory.lossSum + loss,
      lossCount: memory.lossCount + 1,
      loggedSum: memory.loggedSum + loss,
      loggedCount: memory.loggedCount + 1,
    };
    options.onStep?.(step + 1, loss);

    if (!validates && (step + 1) % options.logEvery !== 0) continue;
    let validation: Validation | undefined;
    try {
      validation = validates ? await options.validate?.() : undefined;
    } catch (error) {
      if (before === undefined || !signal?.aborted) throw error;
      // Without its validation the update is not done: it is done again when the run goes on.
      await next?.catch(() => undefined);
      await saveCheckpoint(lastCheckpoint(options.folder), before, options.layout);
      return "interrupted";
    }
    await options.log({
      step: step + 1,
      trainLoss: memory.loggedSum / memory.loggedCount,
      validationLoss: validation?.loss,
      validationDice: validation?.dice,
      learningRate: rate,
      gradientNorm,
    });
    memory = { ...memory, loggedSum: 0, loggedCount: 0 };
    if (!validates) continue;
    const judged = validation?.loss ?? memory.lossSum / memory.lossCount;
    schedule.observe(judged);
    const better = memory.bestLoss === null || judged < memory.bestLoss;
    memory = {
      ...memory,
      bestLoss: better ? judged : memory.bestLoss,
      bestStep: better ? step + 1 : memory.bestStep,
      bestDice: (better ? validation?.dice : undefined) ?? memory.bestDice,
      validationsWithoutBetter: better ? 0 : memory.validationsWithoutBetter + 1,
      lossSum: 0,
      lossCount: 0,
    };
    const { bestLoss, bestStep, bestDice, validationsWithoutBetter } = memory;
    if (validation) {
      const best = { bestLoss: bestLoss!, bestStep, bestDice, validationsWithoutBetter };
      options.onValidation?.({ step: step + 1, validation, ...best });
    }
    if (better) await save(bestCheckpoint(options.folder));
    await save(lastCheckpoint(options.folder));
    if (outOfPatience()) return "stopped early";
  }
  return "finished";
}
