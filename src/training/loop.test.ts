import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { ParameterLayout } from "../network/index.js";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import type { LogEntry } from "./log.js";
import { bestCheckpoint, type LoopOptions, lastCheckpoint, type Trainable, trainLoop } from "./loop.js";
import { createSchedule } from "./schedules/index.js";
import type { ProgramBatch } from "./train-program.js";

const layout: ParameterLayout = [
  { name: "weight", dims: [3], offset: 0, initial: { kind: "constant", value: 0 } },
];

const divergence = { subject: "update", found: "NaN", expected: "a finite loss", advice: "Slower." };

/** Gradient descent with momentum towards the number of the batch: everything that happened is in the weights. */
class Descent implements Trainable {
  private step = 0;
  private weights = new Float32Array([3, -2, 1]);
  private momentum = new Float32Array(3);
  readonly rates: number[] = [];
  /** Updates after which another one is refused, as `TrainProgram` refuses a loss that is no number. */
  diverges = Number.POSITIVE_INFINITY;

  async update(batch: ProgramBatch, rate: number) {
    if (this.step === this.diverges) throw new UserError(divergence);
    const goal = batch.image[0]!;
    let loss = 0;
    for (let at = 0; at < 3; at++) {
      const gradient = this.weights[at]! - goal;
      loss += gradient ** 2;
      this.momentum[at] = 0.9 * this.momentum[at]! + gradient;
      this.weights[at] = this.weights[at]! - rate * this.momentum[at]!;
    }
    this.rates.push(rate);
    this.step++;
    return { loss, gradientNorm: Math.sqrt(loss) };
  }

  state() {
    return {
      step: this.step,
      vectors: { parameters: this.weights.slice(), momentum: this.momentum.slice() },
    };
  }

  load({ step, vectors }: { step: number; vectors: Readonly<Record<string, Float32Array>> }) {
    this.step = step;
    this.weights = vectors.parameters!.slice();
    this.momentum = vectors.momentum!.slice();
  }
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-loop-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plateau = { kind: "plateau", factor: 0.5, patience: 0, minimum: 0 } as const;

function optionsFor(program: Trainable, changes: Partial<LoopOptions> = {}): LoopOptions {
  return {
    program,
    layout,
    batches: {
      batch: async (number) => {
        const none = new Float32Array(0);
        return { image: Float32Array.of(Math.sin(number)), target: none, weight: none, cases: [] };
      },
      close: async () => {},
    },
    schedule: createSchedule(plateau, { learningRate: 0.1, updates: 30 }),
    updates: 30,
    validateEvery: 7,
    logEvery: 4,
    earlyStopping: 0,
    folder,
    fingerprint: "abc",
    log: async () => {},
    ...changes,
  };
}

const finalWeights = async () => (await loadCheckpoint(lastCheckpoint(folder), layout)).vectors;

describe("trainLoop", () => {
  it("interrupted after any update and resumed, ends with weights and log of an uninterrupted run", async () => {
    const wholeLog: LogEntry[] = [];
    const logTo = (entries: LogEntry[]) => async (entry: LogEntry) => {
      entries.push(entry);
    };
    await trainLoop(optionsFor(new Descent(), { log: logTo(wholeLog) }));
    const whole = await finalWeights();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { maxLength: 3 }), async (stops) => {
        let end: string | undefined;
        let from: LoopOptions["from"];
        const entries: LogEntry[] = [];
        const log = logTo(entries);
        for (const stop of [...stops.sort((a, b) => a - b), 99]) {
          const controller = new AbortController();
          const onStep = (step: number): void => {
            if (step === stop) controller.abort();
          };
          // Without validation the schedule follows the training loss, which must survive the interruption too.
          end = await trainLoop(optionsFor(new Descent(), { from, log, onStep, signal: controller.signal }));
          from = await loadCheckpoint(lastCheckpoint(folder), layout);
        }
        expect(end).toBe("finished");
        expect(await finalWeights()).toEqual(whole);
        expect(entries).toEqual(wholeLog);
      }),
      { numRuns: 15 },
    );
  });

  it("keeps the weights of the best validation, and stops when it no longer improves", async () => {
    const losses = [5, 3, 4, 4, 4, 1];
    const program = new Descent();
    const states: Record<number, Float32Array> = {};
    const end = await trainLoop(
      optionsFor(program, {
        earlyStopping: 2,
        validate: async () => ({ loss: losses.shift()!, dice: {} }),
        onStep: (step) => {
          states[step] = program.state().vectors.parameters;
        },
      }),
    );
    expect(end).toBe("stopped early");
    expect(losses).toEqual([4, 1]);
    const best = await loadCheckpoint(bestCheckpoint(folder), layout);
    expect(best.memory).toMatchObject({ step: 14, bestLoss: 3 });
    expect(best.vectors.parameters).toEqual(states[14]);
    expect((await finalWeights()).parameters).toEqual(states[28]);
  });

  it("interrupted in a validation and resumed, ends as an uninterrupted run", async () => {
    const loss = async () => ({ loss: 1, dice: {} });
    await trainLoop(optionsFor(new Descent(), { validate: loss }));
    const whole = await finalWeights();
    const controller = new AbortController();
    let validations = 0;
    const stopsInSecond = async () => {
      if (++validations === 2) {
        controller.abort(new Error("stop"));
        controller.signal.throwIfAborted();
      }
      return { loss: 1, dice: {} };
    };
    const { signal } = controller;
    const end = await trainLoop(optionsFor(new Descent(), { validate: stopsInSecond, signal }));
    expect(end).toBe("interrupted");
    const from = await loadCheckpoint(lastCheckpoint(folder), layout);
    // The update before the validation is done again, and the validation with it.
    expect(from.memory.step).toBe(13);
    const program = new Descent();
    await trainLoop(optionsFor(program, { validate: loss, from }));
    expect(await finalWeights()).toEqual(whole);
  });

  it("does not take a validation that fails for an interruption", async () => {
    const validate = async () => {
      throw new Error("no such case");
    };
    const { signal } = new AbortController();
    await expect(trainLoop(optionsFor(new Descent(), { validate, signal }))).rejects.toThrow("no such case");
  });

  it("counts validations without a better loss across an interruption", async () => {
    const losses = [5, 6, 6, 1];
    const validate = async () => ({ loss: losses.shift()!, dice: {} });
    const controller = new AbortController();
    const onStep = (step: number): void => {
      if (step === 16) controller.abort();
    };
    const options = { earlyStopping: 2, validate };
    await trainLoop(optionsFor(new Descent(), { ...options, onStep, signal: controller.signal }));
    const from = await loadCheckpoint(lastCheckpoint(folder), layout);
    expect(from.memory.step).toBe(16);
    expect(await trainLoop(optionsFor(new Descent(), { ...options, from }))).toBe("stopped early");
    expect((await loadCheckpoint(lastCheckpoint(folder), layout)).memory.step).toBe(21);
  });

  it("resumed after it stopped early, stays as it is", async () => {
    const losses = [5, 6, 6, 1];
    const options = { earlyStopping: 2, validate: async () => ({ loss: losses.shift()!, dice: {} }) };
    expect(await trainLoop(optionsFor(new Descent(), options))).toBe("stopped early");
    const from = await loadCheckpoint(lastCheckpoint(folder), layout);
    expect(await trainLoop(optionsFor(new Descent(), { ...options, from }))).toBe("stopped early");
    expect(await loadCheckpoint(lastCheckpoint(folder), layout)).toEqual(from);
    expect(losses).toEqual([1]);
  });

  it("lowers the rate when validation does not improve", async () => {
    const program = new Descent();
    const losses = [2, 2, 1, 1, 1];
    await trainLoop(optionsFor(program, { validate: async () => ({ loss: losses.shift()!, dice: {} }) }));
    expect([0, 7, 14, 21, 28].map((update) => program.rates[update])).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
  });

  it("logs the mean training loss between entries, each update once", async () => {
    const entries: LogEntry[] = [];
    const losses: number[] = [];
    await trainLoop(
      optionsFor(new Descent(), {
        log: async (entry) => {
          entries.push(entry);
        },
        onStep: (_, loss) => losses.push(loss),
      }),
    );
    expect(entries.map(({ step }) => step)).toEqual([4, 7, 8, 12, 14, 16, 20, 21, 24, 28, 30]);
    let before = 0;
    for (const { step, trainLoss } of entries) {
      const part = losses.slice(before, step);
      expect(trainLoss).toBeCloseTo(part.reduce((a, b) => a + b) / part.length, 12);
      before = step;
    }
  });

  it("ends where an update is refused, and keeps the last good weights", async () => {
    const program = new Descent();
    program.diverges = 16;
    await expect(trainLoop(optionsFor(program))).rejects.toThrow("update: found NaN");
    const { memory, vectors } = await loadCheckpoint(lastCheckpoint(folder), layout);
    expect(memory.step).toBe(14);
    expect([...vectors.parameters!].every(Number.isFinite)).toBe(true);
  });
});

describe("checkpoints", () => {
  it("of another network are refused, naming the tensor", async () => {
    await trainLoop(optionsFor(new Descent(), { updates: 1 }));
    const other: ParameterLayout = [{ ...layout[0]!, dims: [2] }];
    await expect(loadCheckpoint(lastCheckpoint(folder), other)).rejects.toThrow(
      /no tensor weight of sizes 2/,
    );
    await expect(loadCheckpoint(join(folder, "none"), layout)).rejects.toThrow(
      /none: found no readable file/,
    );
  });

  it("without a record of the progress are refused", async () => {
    const path = join(folder, "odd.safetensors");
    const vectors = { parameters: new Float32Array(3) };
    await saveCheckpoint(path, { vectors, memory: { step: -1 } as never, fingerprint: "" }, layout);
    await expect(loadCheckpoint(path, layout)).rejects.toThrow(/no record of the training's progress/);
  });
});
