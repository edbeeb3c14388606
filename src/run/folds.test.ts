import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { caseKey } from "../base/index.js";
import { type PreparedCase, splitBySubject } from "../dataset/index.js";
import { parseConfiguration } from "./configuration.js";
import { foldedRun } from "./folds.js";
import { type PreparedRun, partOf } from "./prepare-run.js";

/** As far as folds look at it. */
function runOf(cases: readonly { dataset: string; id: string; subject: string }[], split = {}): PreparedRun {
  const configuration = parseConfiguration(
    { name: "any", output: "/run", datasets: [{ folder: "a", organs: { organ: [1] } }], split },
    "test",
  );
  const prepared = cases.map((item) => ({ ...item, entryHash: item.id })) as unknown as PreparedCase[];
  return {
    configuration,
    cases: prepared,
    split: splitBySubject(prepared, configuration.split),
    organs: {},
    fingerprint: "",
  } as unknown as PreparedRun;
}

const subjectsOf = (cases: readonly PreparedCase[]): Set<string> =>
  new Set(cases.map(({ subject }) => subject));

/** Up to three datasets, some of whose subjects are in several of them and have several images. */
const anyCases = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 25 })), {
    minLength: 20,
    maxLength: 80,
  })
  .map((pairs) => pairs.map(([dataset, subject], at) => ({ dataset, id: `${at}`, subject: `s${subject}` })));

describe("folds", () => {
  it("hold every case out once, by subject, and never touch the test part", () => {
    let folded = 0;
    fc.assert(
      fc.property(anyCases, fc.integer({ min: 2, max: 5 }), (cases, count) => {
        const run = runOf(cases);
        let whole: PreparedRun;
        try {
          whole = foldedRun(run, count);
        } catch {
          // Too few subjects for so many folds: the next test looks at that.
          return;
        }
        folded++;
        const kept = partOf(run, "test").map(caseKey);
        expect(partOf(whole, "test").map(caseKey)).toEqual(kept);
        const heldOut = whole.folds!.flatMap((fold) => partOf(fold, "test").map(caseKey));
        expect(heldOut.sort()).toEqual(partOf(whole, "train").map(caseKey).sort());
        expect(heldOut.filter((key) => kept.includes(key))).toEqual([]);
        for (const fold of whole.folds!) {
          const others = subjectsOf([...partOf(fold, "train"), ...partOf(fold, "validation")]);
          const out = subjectsOf(partOf(fold, "test"));
          expect([...out].filter((subject) => others.has(subject))).toEqual([]);
          expect([...subjectsOf(partOf(run, "test"))].filter((subject) => others.has(subject))).toEqual([]);
        }
        const { folds } = whole;
        expect(new Set(folds!.map(({ fingerprint }) => fingerprint)).size).toBe(count);
        expect(new Set(folds!.map(({ configuration }) => configuration.seed)).size).toBe(count);
      }),
    );
    expect(folded).toBeGreaterThan(50);
  });

  const alone = (count: number, dataset: string) =>
    Array.from({ length: count }, (_, at) => ({ dataset, id: `${at}`, subject: `${dataset}${at}` }));

  it("are refused where one would be empty", () => {
    const run = runOf(alone(3, "a"), { test: 0, validation: 0 });
    expect(() => foldedRun(run, 4)).toThrow(
      /--folds: found 4 folds of 3 subjects, expected a subject or more/,
    );
    expect(foldedRun(run, 3).folds).toHaveLength(3);
  });

  it("are refused where one would leave nothing of a dataset to train on", () => {
    const run = runOf([...alone(6, "a"), ...alone(1, "b")], { test: 0, validation: 0 });
    expect(() => foldedRun(run, 3)).toThrow(/--folds: found a fold without an image of b to train on/);
  });
});
