import { expect, it } from "vitest";
import { Random } from "../../../base/index.js";
import type { CaseRow, Claim, PromiseRow, ScoreRow } from "../../protocol/study-result.js";
import { comparisons } from "../summarise.js";
import { claimsOf, type Findings } from "./index.js";

/** Claims by name, of a study that found this and nothing else. */
const claimsBy = (found: Partial<Findings>): Record<string, Claim> => {
  const nothing: Findings = {
    cases: [],
    comparisons: [],
    matrix: { detector: "", datasets: [], auroc: [] },
    promises: [],
    scores: [],
    sizes: {},
    alpha: 0.1,
  };
  return Object.fromEntries(claimsOf({ ...nothing, ...found }).map((claim) => [claim.name, claim]));
};

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
  const claim = claimsBy({ cases: rows, comparisons: found })["as-accurate"]!;
  expect(claim.verdict).toBe("met");
  expect(claim.evidence).toMatch(/On these datasets .*; on a new dataset .* 95 % interval/);
  expect(claim.evidence).toContain("With fewer than 7 pairs no such test can decide; no dataset has fewer.");
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
    const { evidence } = claimsBy({ scores })["against-uncertainty-joint-near"]!;
    const [, low, high] = /copies, ([+−][\d.]+) to ([+−][\d.]+)/.exec(evidence)!;
    const number = (text: string): number => Number(text.replace("−", "-"));
    return number(high!) - number(low!);
  };
  expect(width(1)).toBeGreaterThan(0);
  expect(width(8)).toBeCloseTo(width(1), 3);
});

/** Scores of held-out and foreign images through one network, by as many subjects of each kind. */
const scoresOf = (
  network: string,
  detector: string,
  { far, subjects = 12 }: { readonly far: (at: number) => Partial<ScoreRow>; readonly subjects?: number },
): ScoreRow[] => {
  const random = Random.stream(2, network, detector);
  const row = (kind: "in" | "far", at: number, more: Partial<ScoreRow>): ScoreRow => ({
    network,
    detector,
    kind,
    source: kind === "in" ? "liver" : "iguana",
    case: `${at}`,
    subject: `${kind} ${at}`,
    corruption: null,
    severity: null,
    fold: 0,
    seed: 0,
    score: random.normal(),
    pValue: 0.5,
    dice: kind === "in" ? 0.9 : null,
    ...more,
  });
  return Array.from({ length: subjects }, (_, at) => [row("in", at, {}), row("far", at, far(at))]).flat();
};

it("what a study has no numbers for is undecided, with the reason; every claim names whose it is", () => {
  const claims = Object.values(claimsBy({}));
  expect(new Set(claims.map(({ verdict }) => verdict))).toEqual(new Set(["undecided"]));
  for (const { evidence } of claims) expect(evidence).toMatch(/^This study cannot decide it: [^.]+\.$/);
  expect(new Set(claims.map(({ claimant }) => claimant))).toEqual(
    new Set(["first abstract", "paper", "journal", "paper and journal", "project"]),
  );
  expect(new Set(claims.map(({ name }) => name)).size).toBe(claims.length);
});

it("the guard that ships and the signature are judged apart, each against the best doubt detector or classifier", () => {
  const far = (gain: number) => ({ far: (at: number) => ({ score: gain + (at % 5) / 10 }) });
  const scores = [
    ...scoresOf("joint-fold0-seed1", "joined-guard", far(9)),
    ...scoresOf("joint-fold0-seed1", "spectral-signature", far(0)),
    ...scoresOf("joint-fold0-seed1", "entropy", far(-9)),
    // A doubt detector that no name begins like; the regression sees the signature and is none.
    ...scoresOf("joint-fold0-seed1", "patch-entropy", far(9)),
    ...scoresOf("joint-fold0-seed1", "quality-regression", far(9)),
    ...scoresOf("joint-fold0-seed1", "dataset-classifier", far(-9)),
  ];
  const claims = claimsBy({ scores });
  const method = claims["against-uncertainty-joint-far"]!;
  expect(method.verdict).toBe("not met");
  expect(method.evidence).toMatch(/of spectral-signature against 1\.000 of the best of 2 \(patch-entropy\)/);
  expect(claims["guard-against-uncertainty-joint-far"]!.verdict).toBe("undecided");
  expect(claims["against-classifiers-joint-far"]!.verdict).toBe("met");
  expect(claims["aim-auroc-far"]).toMatchObject({ verdict: "met", claimant: "project" });
  expect(claims["aim-auroc-near"]!.verdict).toBe("undecided");
});

it.each([
  // All of a few say less than all of many.
  [12, 12, "undecided", /12 of 12 \(100\.0 %\); 95 % interval over 12 subjects 73\.5 % to 100\.0 %/],
  [24, 24, "met", /24 of 24/],
  [12, 3, "not met", /3 of 12 \(25\.0 %\).*the figure itself does not reach it/],
  [12, 10, "undecided", /10 of 12 \(83\.3 %\).*the figure itself reaches it/],
  [12, 0, "not met", /0 of 12 \(0\.0 %\)/],
])("of %i far images %i refused: the aim of 80 %% is %s", (subjects, refused, verdict, text) => {
  const far = (at: number) => ({ pValue: at < refused ? 0.05 : 0.5 });
  const scores = scoresOf("joint-fold0-seed1", "joined-guard", { far, subjects });
  const claim = claimsBy({ scores })["aim-refused-far"]!;
  expect(claim.verdict).toBe(verdict);
  expect(claim.evidence).toMatch(text);
});

it("masks that failed are counted, whole and corrupted images alike, and far images are not", () => {
  const failed = scoresOf("joint-fold0-seed1", "joined-guard", { far: () => ({ pValue: 0.5 }) }).map((row) =>
    row.kind === "in" ? { ...row, dice: 0.2, pValue: 0.01 } : row,
  );
  expect(claimsBy({ scores: failed })["aim-refused-failures"]!.evidence).toMatch(/^12 of 12 /);
});

const kept = (network: string, falseAlarms: number, pValue: number): PromiseRow => ({
  network,
  detector: "joined-guard",
  alpha: 0.1,
  calibratedBy: "held-out",
  calibrationImages: 19,
  rank: 2,
  inside: 20,
  falseAlarms,
  pValue,
});

it.each([
  [[kept("joint-fold0-seed1", 2, 0.6)], "met"],
  [[kept("joint-fold0-seed1", 9, 0.03)], "not met"],
  // Of two networks the smaller p-value counts twice.
  [[kept("joint-fold0-seed1", 9, 0.03), kept("joint-fold1-seed1", 1, 0.9)], "undecided"],
  [[kept("joint-fold0-seed1", 9, 0.02), kept("joint-fold1-seed1", 1, 0.9)], "not met"],
  // Of other networks and detectors nothing is promised here.
  [[kept("dedicated-liver-fold0-seed1", 20, 0)], "undecided"],
  [[{ ...kept("joint-fold0-seed1", 20, 0), detector: "spectral-signature" }], "undecided"],
])("a promise is judged by the beta-binomial law of each network: %j is %s", (promises, verdict) => {
  expect(claimsBy({ promises }).promise!.verdict).toBe(verdict);
});

it("the aims on datasets are judged over datasets: five smallest by training volumes, and the mean of all", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const sizes = Object.fromEntries(names.map((name, at) => [name, 10 + at]));
  const cases = names.flatMap((dataset, at) =>
    [0, 1, 2].flatMap((n) => {
      const one = { ...row("dedicated", n, 0.6, 1), dataset, subject: `${dataset}${n}` };
      const gain = at < 5 ? 0.04 + at / 1000 : -0.3;
      return [one, { ...one, strategy: "joint" as const, dice: 0.6 + gain }];
    }),
  );
  const claims = claimsBy({ cases, sizes });
  expect(claims["five-smallest"]).toMatchObject({ verdict: "met" });
  expect(claims["mean-of-datasets"]).toMatchObject({ verdict: "undecided" });
  expect(claims["mean-of-datasets"]!.evidence).toContain("the figure itself does not reach it");
  expect(claimsBy({ cases, sizes: { ...sizes, g: 1, f: 1 } })["five-smallest"]!.verdict).not.toBe("met");
});
