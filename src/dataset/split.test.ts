import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { caseKey } from "../base/index.js";
import { splitBySubject } from "./split.js";

const cases = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30 })), {
    minLength: 1,
    maxLength: 120,
  })
  .map((pairs) => pairs.map(([d, s], index) => ({ dataset: `d${d}`, id: `c${index}`, subject: `s${s}` })));

const parts = ["train", "validation", "test"] as const;

describe("split", () => {
  it("puts every case somewhere and no subject into two parts, across datasets too", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 1000 }), (all, seed) => {
        const split = splitBySubject(all, { test: 0.25, validation: 0.15, seed });
        expect(parts.flatMap((part) => split[part]).sort()).toEqual(all.map(caseKey).sort());
        const place = new Map<string, string>();
        for (const part of parts) {
          const keys = new Set(split[part]);
          for (const item of all.filter((one) => keys.has(caseKey(one)))) {
            expect(place.get(item.subject) ?? part).toBe(part);
            place.set(item.subject, part);
          }
        }
      }),
    );
  });

  it("gives a dataset of three subjects one for each part", () => {
    const three = [1, 2, 3].map((n) => ({ dataset: "d", id: `${n}`, subject: `${n}` }));
    const split = splitBySubject(three, { test: 0.2, validation: 0.1, seed: 1 });
    expect(parts.map((part) => split[part].length)).toEqual([1, 1, 1]);
  });

  it("tests every subject in exactly one fold", () => {
    const all = Array.from({ length: 11 }, (_, n) => ({ dataset: "d", id: `${n}`, subject: `${n}` }));
    const tested = [0, 1, 2].flatMap(
      (fold) => splitBySubject(all, { test: 0, validation: 0.2, seed: 1, folds: 3, fold }).test,
    );
    expect(tested.sort()).toEqual(all.map(caseKey).sort());
  });
});
