import { expect, it } from "vitest";
import { Random } from "../../base/index.js";
import type { CaseRow, ScoreRow } from "../protocol/study-result.js";
import { claimsOf } from "./claims.js";
import { comparisons } from "./summarise.js";

const row = (strategy: CaseRow["strategy"], at: number, dice: number, hd95: number | null): CaseRow => {
  const none = { ece: dice, adaptiveEce: null, mce: null, brier: null, nll: null };
  const errors = { box: none, boxScaled: none, whole: none, wholeScaled: none };
  const names = { dataset: `d${at % 2}`, case: `${at}`, subject: `s${at >> 2}` };
  return { strategy, ...names, fold: 0, seed: 0, dice, hd95, assd: hd95, ...errors } as CaseRow;
};

it("intervals know subjects and datasets, dropped pairs are counted, and too few pairs are said to be so", () => {
  const random = new Random(1);
  const rows = Array.from({ length: 16 }, (_, at) => at).flatMap((at) => [
    row("dedicated", at, 0.7, at === 3 ? null : 5),
    row("joint", at, 0.8 + 0.01 * random.normal(), 4),
  ]);
  const found = comparisons(rows);
  const overall = (measure: string) => found.find((one) => one.measure === measure && one.dataset === null)!;
  expect(overall("hd95")).toMatchObject({ pairs: 15, dropped: 1 });
  const { theseDatasets, newDataset, difference } = overall("dice");
  for (const interval of [theseDatasets!, newDataset!]) {
    expect(interval.low).toBeLessThan(difference);
    expect(interval.high).toBeGreaterThan(difference);
  }
  expect(found.find((one) => one.measure === "dice" && one.dataset === "d0")!.newDataset).toBeNull();
  const [claim] = claimsOf(
    { cases: rows, comparisons: found, thresholds: [], matrix: { detector: "", datasets: [], auroc: [] } },
    [],
    {},
  );
  expect(claim).toMatchObject({ name: "as-accurate", verdict: "met" });
  expect(claim!.evidence).toMatch(/On these datasets .*; on a new dataset .* 95 % interval/);
  expect(claim!.evidence).toContain("With fewer than 7 pairs no such test can decide; no dataset has fewer.");
});

it("corrupted copies are drawn with their original: more copies of the same images make no interval narrower", () => {
  const width = (copies: number): number => {
    const random = new Random(5);
    const scores: ScoreRow[] = [];
    for (let at = 0; at < 12; at++) {
      const own = random.normal();
      const push = (detector: string, kind: "in" | "near", score: number): void => {
        const image = { source: "a", case: `${at}`, corruption: null, severity: null, fold: 0, seed: 0 };
        scores.push({
          network: "joint-0",
          detector,
          kind,
          ...image,
          score,
          pValue: null,
          dice: null,
        } as ScoreRow);
      };
      for (const detector of ["spectral-signature", "entropy"]) {
        const gain = detector === "entropy" ? 0 : 0.5;
        push(detector, "in", own);
        for (let copy = 0; copy < copies; copy++) push(detector, "near", own + gain);
      }
    }
    const claims = claimsOf(
      { cases: [], comparisons: [], thresholds: [], matrix: { detector: "", datasets: [], auroc: [] } },
      scores,
      {},
    );
    const { evidence } = claims.find(({ name }) => name === "against-uncertainty-joint-near")!;
    const [, low, high] = /copies, ([+−][\d.]+) to ([+−][\d.]+)/.exec(evidence)!;
    const number = (text: string): number => Number(text.replace("−", "-"));
    return number(high!) - number(low!);
  };
  expect(width(1)).toBeGreaterThan(0);
  expect(width(8)).toBeCloseTo(width(1), 3);
});
