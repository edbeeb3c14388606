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
    const schedule = createSchedule({ kind: "polynomial", power: 0.9 }, { learningRate: 0.01, updates: 10 });
    expect(schedule.rate(0)).toBe(0.01);
    expect(schedule.rate(5)).toBeCloseTo(0.01 * 0.5 ** 0.9, 12);
    expect(schedule.rate(10)).toBe(0);
    expect(schedule.rate(11)).toBe(0);
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
