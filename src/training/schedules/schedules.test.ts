import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSchedule, type Schedule, type ScheduleOptions, scheduleSchema, schedules } from "./index.js";

const fixture = JSON.parse(
  readFileSync(new URL("../../../test/oracle/fixtures/plateau.json", import.meta.url), "utf8"),
) as {
  cases: {
    factor: number;
    patience: number;
    minimum: number;
    learningRate: number;
    losses: number[];
    rates: number[];
  }[];
};

describe("plateau", () => {
  it.each(fixture.cases)("lowers the rate when PyTorch does (factor $factor, patience $patience)", (one) => {
    const { factor, patience, minimum, learningRate } = one;
    const schedule = createSchedule(
      { kind: "plateau", factor, patience, minimum },
      { learningRate, updates: 1 },
    );
    const rates = one.losses.map((loss, index) => {
      schedule.observe(loss);
      return schedule.rate(index);
    });
    expect(new Set(one.rates).size).toBeGreaterThan(1);
    expect(rates).toEqual(one.rates);
  });
});

describe("polynomial", () => {
  it("starts at the learning rate, falls, and would reach zero after the last update", () => {
    const schedule = createSchedule(
      { kind: "polynomial", power: 0.9, warmUp: 0 },
      { learningRate: 0.01, updates: 10 },
    );
    expect(schedule.rate(0)).toBe(0.01);
    expect(schedule.rate(5)).toBeCloseTo(0.01 * 0.5 ** 0.9, 12);
    expect(schedule.rate(10)).toBe(0);
    expect(schedule.rate(11)).toBe(0);
  });
});

describe("cosine", () => {
  it("falls along half a cosine", () => {
    const schedule = createSchedule({ kind: "cosine", warmUp: 0 }, { learningRate: 0.01, updates: 8 });
    const rates = [0, 2, 4, 6, 8, 9].map((step) => schedule.rate(step));
    const expected = [0.01, 0.005 * (1 + Math.SQRT1_2), 0.005, 0.005 * (1 - Math.SQRT1_2), 0, 0];
    for (const [index, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[index]!, 12);
  });
});

describe("warm-up", () => {
  it.each(["polynomial", "cosine"] as const)("%s rises in equal steps and then is what it was", (kind) => {
    const context = { learningRate: 0.01, updates: 20 };
    const plain = createSchedule(scheduleSchema.parse({ kind }), context);
    const warmed = createSchedule(scheduleSchema.parse({ kind, warmUp: 4 }), context);
    for (let step = 0; step < 4; step++)
      expect(warmed.rate(step)).toBeCloseTo((plain.rate(step) * (step + 1)) / 5, 12);
    for (let step = 4; step < 20; step++) expect(warmed.rate(step)).toBe(plain.rate(step));
  });
});

describe("every schedule", () => {
  const names = Object.keys(schedules) as ScheduleOptions["kind"][];
  it.each(names)(
    "%s has an entry in the schema, and continues from its state as if never stopped",
    (kind) => {
      const options = scheduleSchema.parse({ kind });
      const context = { learningRate: 0.02, updates: 40 };
      const follow = (schedule: Schedule, from: number): number[] => {
        const rates: number[] = [];
        for (let step = from; step < 40; step++) {
          rates.push(schedule.rate(step));
          schedule.observe(1 / (1 + (step % 7)));
        }
        return rates;
      };
      const whole = createSchedule(options, context);
      const expected = follow(whole, 0);
      expect(expected[0]).toBe(0.02);

      const first = createSchedule(options, context);
      for (let step = 0; step < 17; step++) first.observe(1 / (1 + (step % 7)));
      const second = createSchedule(options, context);
      second.load(JSON.parse(JSON.stringify(first.state())));
      expect(follow(second, 17)).toEqual(expected.slice(17));
    },
  );
});
