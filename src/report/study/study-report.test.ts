import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { Random } from "../../random.js";
import { claimsOf } from "../../study/result/claims.js";
import {
  type CaseRow,
  type ScoreRow,
  type StudyResult,
  strategies,
  studyResultSchema,
} from "../../study/result/study-result.js";
import {
  comparisons,
  detection,
  matrix,
  riskCoverage,
  summaries,
  thresholds,
} from "../../study/result/summarise.js";
import { renderStudy } from "./render-study.js";
import { saveStudy } from "./save-study.js";

/** A made-up study in which joint training helps and the signature sees foreign images; `name` is in every name. */
function anyStudy(name: string): { result: StudyResult; scores: ScoreRow[] } {
  const random = Random.stream(3, "study");
  const datasets = ["a", "b", "c", "d"].map((letter) => `${name}${letter}`);
  const errors = (ece: number) => ({ ece, adaptiveEce: ece, mce: ece, brier: ece / 2, nll: ece });
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
    const gain = detector === "spectral-signature" ? 4 : 0.5;
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
  const detectors = ["spectral-signature", "entropy", "spectral-signature/paper/bottleneck"];
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
    scores: scores.filter(({ detector }) => detector === "spectral-signature"),
    claims: claimsOf(found, scores, sizes),
    notes: [name],
  };
  return { result, scores };
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
      "against-uncertainty-far": "met",
      "against-uncertainty-near": "met",
      promise: "met",
    });
    const overall = result.comparisons.find(
      (row) =>
        row.first === "joint" && row.second === "dedicated" && row.measure === "dice" && row.dataset === null,
    );
    expect(overall!.pairs).toBe(24);
    expect(overall!.difference).toBeCloseTo(0.1, 1);
    const failures = result.riskCoverage.find(({ detector }) => detector === "spectral-signature")!;
    expect([failures.failures, failures.failuresCaught]).toEqual([24, 24]);
    expect(failures.points.at(-1)![1]).toBeCloseTo(0.4, 6);
  });

  it("shows every section and needs nothing from elsewhere", () => {
    const html = renderStudy(result);
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll("section")].map(({ id }) => id)).toEqual([
      "claims",
      "data",
      "accuracy",
      "calibration",
      "detection",
      "corruptions",
      "matrix",
      "failures",
      "variants",
      "notes",
    ]);
    expect(document.querySelectorAll("figure svg").length).toBe(9);
    expect(html).not.toMatch(/(?:src|href)="(?!#)/);
    expect(html).not.toMatch(/<script|url\(|@import/);
    expect(renderStudy(anyStudy("set").result)).toBe(html);
  });

  it("lets no name become markup", () => {
    const { document } = parseHTML(renderStudy(anyStudy(`"><script>alert(1)</script>`).result));
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
