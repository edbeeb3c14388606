import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { Random } from "../../base/index.js";
import {
  type CaseRow,
  keptDetectors,
  type ScoreRow,
  type StudyResult,
  strategies,
  studyResultSchema,
} from "../../study/protocol/study-result.js";
import { claimsOf } from "../../study/results/claims/index.js";
import { riskCoverage } from "../../study/results/risk-coverage.js";
import { comparisons, detection, matrix, summaries, thresholds } from "../../study/results/summarise.js";
import { affineFromSpacing, type Volume } from "../../volume/index.js";
import { makeSlice } from "../picture/slice.js";
import { renderStudy } from "./render-study.js";
import { saveStudy } from "./save-study.js";
import type { StudyReport } from "./study-report.js";

/** A made-up study in which joint training helps and the signature sees foreign images; `name` is in every name. */
function anyStudy(name: string): { result: StudyResult; scores: ScoreRow[] } {
  const random = Random.stream(3, "study");
  const datasets = ["a", "b", "c", "d"].map((letter) => `${name}${letter}`);
  const errors = (ece: number) => ({ ece, adaptiveEce: ece, ace: ece, mce: ece, brier: ece / 2, nll: ece });
  const cases: CaseRow[] = datasets.flatMap((dataset) =>
    strategies.flatMap((strategy) =>
      Array.from({ length: 6 }, (_, n) => {
        const dice = Math.min(1, 0.7 + (strategy === "dedicated" ? 0 : 0.1) + 0.03 * random.normal());
        const ece = strategy === "dedicated" ? 0.1 + 0.01 * random.uniform() : 0.05 + 0.01 * random.uniform();
        return {
          strategy,
          dataset,
          case: `${name}${n}`,
          subject: `${n}`,
          fold: 0,
          seed: 1,
          dice,
          hd95: n === 0 ? null : 5 + random.uniform(),
          assd: n === 0 ? null : 1,
          box: errors(ece),
          boxScaled: errors(ece / 2),
          whole: errors(ece / 4),
          wholeScaled: errors(ece / 8),
        };
      }),
    ),
  );
  const score = (network: string, detector: string, kind: ScoreRow["kind"], source: string, n: number) => {
    const corruption = kind === "near" ? `${name}noise` : null;
    const gain = keptDetectors.includes(detector) ? 4 : 0.5;
    const value = (kind === "in" ? 0 : gain) + random.normal();
    return {
      network,
      detector,
      source,
      case: `${n}`,
      kind,
      corruption,
      severity: corruption === null ? null : 1 + (n % 3),
      fold: 0,
      seed: 1,
      score: value,
      pValue: kind === "in" ? random.uniform() : 0.05,
      dice: kind === "far" ? null : kind === "in" ? 0.9 : 0.3,
    };
  };
  const networks = ["joint-fold0-seed1", ...datasets.map((dataset) => `dedicated-${dataset}-fold0-seed1`)];
  const detectors = ["joined-guard", "spectral-signature", "entropy", "spectral-signature/paper/bottleneck"];
  const scores = networks.flatMap((network, at) =>
    detectors.flatMap((detector) =>
      datasets.flatMap((source) =>
        Array.from({ length: 6 }, (_, n) => [
          score(network, detector, at === 0 || datasets[at - 1] === source ? "in" : "far", source, n),
          ...(at === 0
            ? [score(network, detector, "near", source, n), score(network, detector, "far", `${name}x`, n)]
            : []),
        ]).flat(),
      ),
    ),
  );
  const found = {
    cases,
    summaries: summaries(cases, 1),
    comparisons: comparisons(cases),
    detection: detection(scores),
    thresholds: thresholds(scores, 0.1),
    promises: [],
    matrix: matrix(scores, datasets),
    riskCoverage: riskCoverage(scores, 0.1),
  };
  const sizes = Object.fromEntries(datasets.map((dataset, at) => [dataset, 10 + at]));
  const result: StudyResult = {
    version: 1,
    name,
    created: "2026-11-23T12:00:00Z",
    commit: name,
    machine: name,
    configuration: name,
    seconds: 100,
    datasets: datasets.map((dataset) => ({
      name: dataset,
      modality: "MR",
      organ: name,
      volumes: 6,
      subjects: 6,
      licence: name,
    })),
    runs: [{ id: name, strategy: "joint", datasets, fold: 0, seed: 1, updates: 10, seconds: 1 }],
    ...found,
    scores: scores.filter(({ detector }) => keptDetectors.includes(detector)),
    claims: claimsOf({ ...found, scores, sizes, alpha: 0.1 }),
    notes: [name],
  };
  return { result, scores };
}

/** The study with a map of a ball, for one dataset. */
function anyReport(name: string): StudyReport {
  const shape = [8, 8, 8] as const;
  const data = Float32Array.from({ length: 512 }, (_, at) => (at % 5 === 0 ? 0.3 : 0));
  const volume: Volume = { shape, affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
  const mask: Volume = { ...volume, data: Uint8Array.from(data, (value) => (value > 0 ? 1 : 0)) };
  const slice = makeSlice({ dataset: name, case: name, title: name, image: volume, reference: mask });
  return { ...anyStudy(name).result, maps: [slice] };
}

function manyBetterDetectors(report: StudyReport): StudyReport {
  const own = report.riskCoverage.find(({ detector }) => detector === "spectral-signature")!;
  const better = Array.from({ length: 9 }, (_, at) => ({
    ...own,
    detector: `better ${at}`,
    aurc: own.aurc / 2,
  }));
  return { ...report, riskCoverage: [...report.riskCoverage, ...better] };
}

describe("a study's report", () => {
  const { result, scores } = anyStudy("set");

  it("is made of numbers that fit the schema", () => {
    expect(studyResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it("finds what was put in", () => {
    const verdicts = Object.fromEntries(result.claims.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({
      "as-accurate": "met",
      calibrated: "met",
      "beats-transfer": "undecided",
      distinct: "met",
      "against-uncertainty-joint-far": "met",
      "against-uncertainty-dedicated-far": "met",
      "against-uncertainty-joint-near": "met",
      "guard-against-uncertainty-joint-near": "met",
      "aim-refused-failures": "met",
      // No promise was looked at.
      promise: "undecided",
    });
    const overall = result.comparisons.find(
      (row) =>
        row.first === "joint" && row.second === "dedicated" && row.measure === "dice" && row.dataset === null,
    );
    expect(overall!.pairs).toBe(24);
    expect(overall!.difference).toBeCloseTo(0.1, 1);
    const near = (detector: string) =>
      result.detection.find(
        (row) => row.network === "joint" && row.kind === "near" && row.detector === detector && !row.source,
      )!;
    expect(near("spectral-signature").aboveOriginal).toBeGreaterThan(0.95);
    expect(near("entropy").aboveOriginal).toBeLessThan(0.9);
    const failures = result.riskCoverage.find(({ detector }) => detector === "spectral-signature")!;
    expect([failures.failures, failures.failuresCaught]).toEqual([24, 24]);
    expect(failures.points.at(-1)![1]).toBeCloseTo(0.4, 6);
  });

  it("shows every section and needs nothing from elsewhere", () => {
    const html = renderStudy(anyReport("set"));
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll("section")].map(({ id }) => id)).toEqual([
      "claims",
      "data",
      "accuracy",
      "calibration",
      "uncertainty",
      "detection",
      "corruptions",
      "matrix",
      "failures",
      "variants",
      "notes",
    ]);
    expect(document.querySelectorAll("figure svg").length).toBe(11);
    expect(html).not.toMatch(/(?:src|href)="(?!#|data:image\/png;base64,)/);
    expect(html).not.toMatch(/<script|url\(|@import/);
    expect(renderStudy(anyReport("set"))).toBe(html);
  });

  it("keeps every curve within its axes", () => {
    const late = result.scores.map((row) => (row.kind === "in" ? { ...row, pValue: 0.01 } : row));
    const { document } = parseHTML(renderStudy({ ...anyReport("set"), scores: late }));
    const svg = document.querySelector("#figure-false-alarms svg")!;
    const heights = [...svg.querySelectorAll("path")]
      .flatMap((path) => [...path.getAttribute("d")!.matchAll(/[ML,]-?[\d.]+,(-?[\d.]+)/g)])
      .map((match) => Number(match[1]));
    expect(heights.length).toBeGreaterThan(0);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
  });

  it("always shows the guard that ships and the method's own detector among the risk-coverage curves", () => {
    const { document } = parseHTML(renderStudy(manyBetterDetectors(anyReport("set"))));
    const names = document.querySelector("#figure-risk-coverage svg")!.textContent;
    for (const name of keptDetectors) expect(names).toContain(`${name} (`);
  });

  it("says how many volumes have no surface distance", () => {
    const { document } = parseHTML(renderStudy(anyReport("set")));
    expect(document.querySelector("#accuracy")!.textContent).toMatch(/5\.\d \([\d.]+–[\d.]+\), 1 undefined/);
  });

  it("counts no verdict of images that no threshold says anything of, and says so where there is none at all", () => {
    const unjudged = scores.map((row) => ({
      ...row,
      pValue: row.detector === "entropy" ? row.pValue : null,
    }));
    const judged = thresholds(unjudged, 0.1);
    expect(new Set(judged.map(({ detector }) => detector))).toEqual(new Set(["entropy"]));
    expect(riskCoverage(unjudged, 0.1).map(({ failuresCaught }) => failuresCaught === null)).toEqual(
      riskCoverage(scores, 0.1).map(({ detector }) => detector !== "entropy"),
    );
    const none = unjudged.map((row) => ({ ...row, pValue: null }));
    expect(thresholds(none, 0.1)).toEqual([]);
    const text = (report: StudyReport) =>
      parseHTML(renderStudy(report)).document.querySelector("#detection")!.textContent;
    expect(text(anyReport("set"))).toContain("Verdicts at the threshold");
    const bare = { ...anyReport("set"), thresholds: [], scores: none };
    expect(text(bare)).toContain("No verdicts: there are too few validation images");
    expect(text(bare)).not.toContain("Verdicts at the threshold");
  });

  it("lets no name become markup", () => {
    const { document } = parseHTML(renderStudy(anyReport(`"><script>alert(1)</script>`)));
    expect(document.querySelector("script")).toBeNull();
    expect(document.querySelector("h1")!.textContent).toBe(`"><script>alert(1)</script>`);
  });

  it("writes every row of every table", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sureseg-study-"));
    expect(await saveStudy(folder, result, scores)).toBe(join(folder, "study.html"));
    const rows = (name: string): number =>
      readFileSync(join(folder, `${name}.csv`), "utf8")
        .trim()
        .split("\r\n").length - 1;
    expect(rows("cases")).toBe(result.cases.length);
    expect(rows("scores")).toBe(scores.length);
    expect(rows("comparisons")).toBe(result.comparisons.length);
    expect(rows("matrix")).toBe(16);
    expect(readFileSync(join(folder, "cases.csv"), "utf8").split("\r\n")[0]).toContain("boxScaled.ece");
    rmSync(folder, { recursive: true });
  });
});
