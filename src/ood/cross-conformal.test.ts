import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCases } from "../../test/any-evidence.js";
import { Random } from "../base/index.js";
import { judgeTogether, poolCalibration } from "./cross-conformal.js";
import { fitGuard, type Guard, type Verdict } from "./guard.js";
import { guardFromJson, guardToJson } from "./guard-json.js";
import type { ThresholdChoice } from "./thresholds/index.js";

const fitted = fitGuard(anyCases(new Random(1), 12), { threshold: { rule: "max" } });

/** A guard that calibrated on images of these measures. */
const guardOf = (measures: readonly number[]): Guard => ({
  ...fitted,
  calibration: { source: "held-out", leaveOut: "subject", measures },
});

const verdictOf = (measure: number, dataset = "any"): Verdict => ({
  measure,
  foreign: false,
  pValue: 1,
  threshold: 0,
  nearest: { dataset, case: "one" },
  byLayer: {},
});

const together = (guards: readonly Guard[], measures: readonly number[]): Verdict =>
  judgeTogether(guards.map((guard, at) => ({ guard, verdict: verdictOf(measures[at]!, `of ${at}`) })));

/** Sums of these are exact, so that ties are ties. */
const measure = fc.integer({ min: -32, max: 32 }).map((eighths) => eighths / 8);
const folds = fc.array(fc.array(measure, { minLength: 4, maxLength: 9 }), {
  minLength: 2,
  maxLength: 5,
});
const rules = fc.constantFrom<ThresholdChoice>(
  { rule: "conformal", alpha: 0.2 },
  { rule: "max" },
  { rule: "mean-std", k: 1 },
);

describe("guards of an ensemble", () => {
  it("refuse exactly the images whose cross-conformal p-value is at most alpha", () => {
    fc.assert(
      fc.property(folds, fc.infiniteStream(measure), (measures, news) => {
        const alpha = 0.2;
        const guards = poolCalibration(measures.map(guardOf), { rule: "conformal", alpha });
        const own = measures.map(() => news.next().value as number);
        const verdict = together(guards, own);
        // The definition, term by term.
        let atLeast = 1;
        let images = 0;
        measures.forEach((fold, k) => {
          for (const measure of fold) {
            images++;
            if (measure - own[k]! >= 0) atLeast++;
          }
        });
        expect(verdict.pValue).toBeCloseTo(atLeast / (images + 1), 12);
        expect(verdict.foreign).toBe(verdict.pValue <= alpha);
        if (verdict.foreign) expect(verdict.measure).toBeGreaterThan(verdict.threshold);
        else expect(verdict.measure).toBeLessThanOrEqual(verdict.threshold);
      }),
    );
  });

  it("judge as one guard of all measures does where the networks agree, whatever the rule", () => {
    fc.assert(
      fc.property(folds, rules, measure, (measures, rule, own) => {
        const guards = poolCalibration(measures.map(guardOf), rule);
        const { value } = guards[0]!.threshold;
        const verdict = together(
          guards,
          guards.map(() => own),
        );
        expect(verdict.threshold).toBe(value);
        expect(verdict.measure).toBeCloseTo(own, 9);
      }),
    );
  });

  it("compare no network's measures with another's: a network that measures larger changes nothing", () => {
    const measures = [
      [0, 0.1, 0.2, 0.3, 0.4],
      [0.05, 0.15, 0.25, 0.35, 0.45],
    ];
    const rule = { rule: "conformal", alpha: 0.1 } as const;
    const plain = poolCalibration(measures.map(guardOf), rule);
    const shifted = poolCalibration(
      [guardOf(measures[0]!), guardOf(measures[1]!.map((one) => one + 7))],
      rule,
    );
    expect(together(plain, [0.5, 0.5]).foreign).toBe(true);
    expect(together(shifted, [0.5, 7.5]).foreign).toBe(true);
    expect(together(plain, [0.2, 0.2]).foreign).toBe(false);
    expect(together(shifted, [0.2, 7.2]).pValue).toBe(together(plain, [0.2, 0.2]).pValue);
  });

  it("keep false alarms at alpha or below on images like the calibration images", () => {
    const random = new Random(5);
    const alpha = 0.1;
    const draws = 2000;
    let alarms = 0;
    for (let draw = 0; draw < draws; draw++) {
      // Each image has a strangeness, and each network its own eye for it.
      const seen = (strangeness: number): number => strangeness + 0.3 * random.normal();
      const measures = [0, 1, 2].map(() => Array.from({ length: 8 }, () => seen(random.normal())));
      const strangeness = random.normal();
      const guards = poolCalibration(measures.map(guardOf), { rule: "conformal", alpha });
      if (together(guards, [seen(strangeness), seen(strangeness), seen(strangeness)]).foreign) alarms++;
    }
    // Three standard deviations above.
    expect(alarms / draws).toBeLessThan(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / draws));
    expect(alarms / draws).toBeGreaterThan(alpha / 4);
  });

  it("say of what it resembles as the network of the median measure does", () => {
    const guards = poolCalibration(
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ].map(guardOf),
      { rule: "max" },
    );
    expect(together(guards, [5, 1, 3]).nearest.dataset).toBe("of 2");
  });

  it("are written and read again, knowing whose measures are whose", () => {
    const [, second] = poolCalibration(
      [
        [0, 1, 2],
        [3, 4],
      ].map(guardOf),
      { rule: "max" },
    );
    const read = guardFromJson(guardToJson(second!));
    expect(read.calibration).toEqual({
      source: "held-out",
      leaveOut: "subject",
      measures: [0, 1, 2, 3, 4],
      own: { first: 3, count: 2 },
    });
    const forged = guardToJson(second!).replace('"count":2', '"count":3');
    expect(() => guardFromJson(forged)).toThrow(/calibration\.own: found 3 from 3 on, expected within the 5/);
  });

  it("are refused where all images together are too few for the promise", () => {
    const rule = { rule: "conformal", alpha: 0.1 } as const;
    expect(() =>
      poolCalibration(
        [
          [0, 1],
          [2, 3],
        ].map(guardOf),
        rule,
      ),
    ).toThrow(/0\.1 with 4 calibration images/);
  });
});
