import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { ParameterLayout } from "../network/index.js";
import { Random } from "../random.js";
import { UserError } from "../user-error.js";
import type { BatchSource } from "./batch-source.js";
import { loadCheckpoint } from "./checkpoint.js";
import type { LogEntry } from "./log.js";
import {
  bestCheckpoint,
  type LoopOptions,
  lastCheckpoint,
  type Trainable,
  trainLoop,
  type Validation,
} from "./loop.js";
import { createSchedule, type ScheduleOptions } from "./schedules/index.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-loop-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const layout: ParameterLayout = [
  { name: "weight", dims: [2], offset: 0, initial: { kind: "constant", value: 0 } },
];

/** Gradient descent with momentum towards the mean of each batch: as small as a training can be. */
class Quadratic implements Trainable {
  private step = 0;
  private vectors = { parameters: Float32Array.of(4, -3), momentum: new Float32Array(2) };

  async update({ image }: { image: Float32Array }, rate: number) {
    const { parameters, momentum } = this.vectors;
    const gradient = parameters.map((value, at) => value - image[at]!);
    const loss = gradient.reduce((sum, value) => sum + value ** 2 / 2, 0);
    if (!Number.isFinite(loss)) return { loss, gradientNorm: Number.NaN };
    for (const at of [0, 1]) {
      momentum[at] = 0.5 * momentum[at]! + gradient[at]!;
      parameters[at] = parameters[at]! - rate * momentum[at]!;
    }
    this.step++;
    return { loss, gradientNorm: Math.hypot(...gradient) };
  }

  state() {
    const { parameters, momentum } = this.vectors;
    return { step: this.step, vectors: { parameters: parameters.slice(), momentum: momentum.slice() } };
  }

  load(state: Parameters<Trainable["load"]>[0]): void {
    this.step = state.step;
    const { parameters, momentum } = state.vectors;
    this.vectors = { parameters: parameters!.slice(), momentum: momentum!.slice() };
  }

  async validate(): Promise<Validation> {
    const loss = Math.hypot(...this.vectors.parameters);
    return { loss, dice: { all: 1 / (1 + loss) } };
  }
}

const batches = (image = (step: number): number => Random.stream(1, step).normal()): BatchSource => ({
  batch: async (step) => ({
    image: Float32Array.of(image(step), 2 * image(step)),
    target: new Float32Array(),
    weight: new Float32Array(),
    cases: [],
  }),
  close: async () => {},
});

/** Validation losses in turn, whatever the weights. */
function losses(values: readonly number[]): () => Promise<Validation> {
  let at = 0;
  return async () => ({ loss: values[at++] as number, dice: {} });
}

const plateau: ScheduleOptions = { kind: "plateau", factor: 0.5, patience: 0, minimum: 0 };

interface Run {
  readonly options: LoopOptions;
  readonly program: Quadratic;
  readonly log: LogEntry[];
  readonly files: () => { last: Buffer; best: Buffer };
}

function newRun(changes: Partial<LoopOptions> = {}, schedule: ScheduleOptions = plateau): Run {
  const program = new Quadratic();
  const log: LogEntry[] = [];
  const folder = changes.folder ?? mkdtempSync(join(root, "run-"));
  const options: LoopOptions = {
    program,
    layout,
    batches: batches(),
    validate: () => program.validate(),
    schedule: createSchedule(schedule, { learningRate: 0.3, updates: 20 }),
    updates: 20,
    validateEvery: 3,
    earlyStopping: 0,
    folder,
    fingerprint: "print",
    log: async (entry) => {
      log.push(entry);
    },
    ...changes,
  };
  const files = () => ({
    last: readFileSync(lastCheckpoint(folder)),
    best: readFileSync(bestCheckpoint(folder)),
  });
  return { options, program, log, files };
}

describe("training loop", () => {
  it("validates, logs and saves at every interval and at the end", async () => {
    const { options, program, log } = newRun();
    const steps: number[] = [];
    expect(await trainLoop({ ...options, onStep: (step) => steps.push(step) })).toBe("finished");
    expect(steps).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(log.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, 20]);
    expect(log.at(-1)?.validationLoss).toBe((await program.validate()).loss);
    const last = await loadCheckpoint(lastCheckpoint(options.folder), layout);
    expect(last.memory.step).toBe(20);
    expect(last.fingerprint).toBe("print");
    expect(last.vectors).toEqual(program.state().vectors);
  });

  it("logs the mean training loss since the last entry", async () => {
    const { options, log } = newRun();
    const single: number[] = [];
    await trainLoop({ ...options, onStep: (_, loss) => single.push(loss) });
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(log[0]?.trainLoss).toBeCloseTo(mean(single.slice(0, 3)), 12);
    expect(log[1]?.trainLoss).toBeCloseTo(mean(single.slice(3, 6)), 12);
    expect(log[6]?.trainLoss).toBeCloseTo(mean(single.slice(18, 20)), 12);
  });

  it("interrupted anywhere, any number of times, and resumed, is a run that was never interrupted", async () => {
    for (const validated of [true, false]) {
      const changes = validated ? {} : { validate: undefined };
      const whole = newRun(changes);
      await trainLoop(whole.options);
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 19 }), { maxLength: 3 }), async (stops) => {
          const folder = mkdtempSync(join(root, "resumed-"));
          const log: LogEntry[] = [];
          let from: LoopOptions["from"];
          for (const stop of [...stops.sort((a, b) => a - b), 20]) {
            const part = newRun({ ...changes, folder, from });
            const controller = new AbortController();
            if (stop === (from?.memory.step ?? 0)) controller.abort();
            const end = await trainLoop({
              ...part.options,
              onStep: (step) => {
                if (step === stop && stop < 20) controller.abort();
              },
              signal: controller.signal,
            });
            expect(end).toBe(stop < 20 ? "interrupted" : "finished");
            log.push(...part.log);
            from = await loadCheckpoint(lastCheckpoint(folder), layout);
            expect(from.memory.step).toBe(stop);
          }
          expect(log).toEqual(whole.log);
          expect(newRun({ folder }).files()).toEqual(whole.files());
        }),
        { numRuns: 15 },
      );
    }
  });

  it("keeps the weights of the best validation, not the last ones", async () => {
    const { options, program } = newRun({ validate: losses([5, 3, 4, 2, 2, 6, 7]) });
    const seen = new Map<number, Float32Array>();
    await trainLoop({
      ...options,
      onStep: (step) => seen.set(step, program.state().vectors.parameters),
    });
    const best = await loadCheckpoint(bestCheckpoint(options.folder), layout);
    expect(best.memory.step).toBe(12);
    expect(best.memory.bestLoss).toBe(2);
    expect(best.vectors.parameters).toEqual(seen.get(12));
    expect(best.vectors.parameters).not.toEqual(seen.get(20));
  });

  it("judges by the training loss where there is no validation case", async () => {
    const { options, log } = newRun({ validate: undefined });
    await trainLoop(options);
    const judged = log.map(({ trainLoss }) => trainLoss as number);
    const best = await loadCheckpoint(bestCheckpoint(options.folder), layout);
    expect(best.memory.bestLoss).toBe(Math.min(...judged));
    expect(log.every(({ validationLoss }) => validationLoss === undefined)).toBe(true);
  });

  it("tells the schedule of every validation", async () => {
    const { options, log } = newRun({ validate: losses([5, 6, 4, 5, 3, 2, 1]) });
    await trainLoop(options);
    expect(log.map(({ learningRate }) => learningRate)).toEqual([0.3, 0.3, 0.15, 0.15, 0.075, 0.075, 0.075]);
  });

  describe("early stopping", () => {
    it("ends after so many validations in a row that are no better, and an equal one is no better", async () => {
      const { options, log } = newRun({ validate: losses([5, 6, 4, 4, 4.5, 1]), earlyStopping: 2 });
      expect(await trainLoop(options)).toBe("stopped early");
      expect(log.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15]);
      const best = await loadCheckpoint(bestCheckpoint(options.folder), layout);
      expect(best.memory.step).toBe(9);
    });

    it("counts on across an interruption", async () => {
      const first = newRun({ validate: losses([5, 6]), earlyStopping: 2 });
      const controller = new AbortController();
      await trainLoop({
        ...first.options,
        onStep: (step) => {
          if (step === 7) controller.abort();
        },
        signal: controller.signal,
      });
      const { folder } = first.options;
      const from = await loadCheckpoint(lastCheckpoint(folder), layout);
      const second = newRun({ validate: losses([6, 1]), earlyStopping: 2, folder, from });
      expect(await trainLoop(second.options)).toBe("stopped early");
      expect(second.log.map(({ step }) => step)).toEqual([9]);
    });

    it("holds when the stopped run is resumed", async () => {
      const first = newRun({ validate: losses([5, 6, 6]), earlyStopping: 2 });
      expect(await trainLoop(first.options)).toBe("stopped early");
      const before = first.files();
      const { folder } = first.options;
      const from = await loadCheckpoint(lastCheckpoint(folder), layout);
      const second = newRun({ validate: losses([1]), earlyStopping: 2, folder, from });
      expect(await trainLoop(second.options)).toBe("stopped early");
      expect(second.log).toEqual([]);
      expect(first.files()).toEqual(before);
    });

    it("is off at 0", async () => {
      const { options } = newRun({ validate: losses([1, 2, 3, 4, 5, 6, 7]), earlyStopping: 0 });
      expect(await trainLoop(options)).toBe("finished");
    });
  });

  it("resumed after its last update, has nothing to do", async () => {
    const first = newRun();
    await trainLoop(first.options);
    const { folder } = first.options;
    const from = await loadCheckpoint(lastCheckpoint(folder), layout);
    const second = newRun({ folder, from });
    expect(await trainLoop(second.options)).toBe("finished");
    expect(second.log).toEqual([]);
  });

  it("whose loss is no longer finite ends with an error a user can act on, and keeps the last good weights", async () => {
    const { options, program } = newRun({ batches: batches((step) => (step === 7 ? Number.NaN : 0)) });
    const failure = await trainLoop(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toMatch(/^update 8: found a loss of NaN at learning rate/);
    const last = await loadCheckpoint(lastCheckpoint(options.folder), layout);
    expect(last.memory.step).toBe(7);
    expect(last.vectors).toEqual(program.state().vectors);
    expect([...last.vectors.parameters!].every(Number.isFinite)).toBe(true);
  });

  it("fails with the error of a batch that cannot be made", async () => {
    const source = batches();
    const { options } = newRun({
      batches: {
        ...source,
        batch: async (step) => {
          if (step === 5) throw new Error("no batch 5");
          return source.batch(step);
        },
      },
    });
    await expect(trainLoop(options)).rejects.toThrow("no batch 5");
  });
});
