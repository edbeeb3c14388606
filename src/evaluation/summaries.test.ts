import { describe, expect, it } from "vitest";
import { ReliabilityAccumulator } from "../calibration/index.js";
import type { Guard, Verdict } from "../ood/index.js";
import type { CaseResult, ScalingPair } from "./index.js";
import { calibrationRows, guardFigures, meansByDataset, pooledReliability } from "./index.js";

const verdict = (foreign: boolean, measure: number): Verdict =>
  ({ foreign, measure, pValue: 0.5, threshold: 1 }) as Verdict;

const row = (changes: Partial<CaseResult>): CaseResult => ({
  dataset: "a",
  case: "1",
  organ: "liver",
  dice: 0.9,
  ceiling: 0.98,
  hd95: 3,
  assd: 1,
  volumeMl: 1,
  referenceMl: 1,
  verdict: verdict(false, 0.5),
  ...changes,
});

describe("meansByDataset", () => {
  it("says of how many volumes the surface distances are", () => {
    const empty = { dice: 0, hd95: null, assd: null };
    const rows = [
      row({}),
      row({ case: "2", ...empty }),
      row({ case: "3", ...empty }),
      row({ case: "4", ...empty }),
    ];
    expect(meansByDataset(rows)).toEqual([
      { dataset: "a", cases: 4, found: 1, dice: 0.225, ceiling: 0.98, hd95: 3, assd: 1 },
    ]);
    expect(meansByDataset(rows.slice(1))[0]).toMatchObject({ found: 0, hd95: null, assd: null });
  });
});

describe("guardFigures", () => {
  const guard = { threshold: { choice: { rule: "conformal", alpha: 0.1 }, value: 1 } } as Guard;

  it("counts a case with several organs once", () => {
    const cases = [
      row({ verdict: verdict(true, 2) }),
      row({ organ: "spleen", verdict: verdict(true, 2) }),
      row({ case: "2" }),
    ];
    expect(guardFigures(cases, [], guard).guard).toEqual({
      alpha: 0.1,
      falseAlarmRate: 0.5,
      caughtForeign: null,
    });
  });

  it("has no rate of nothing", () => {
    const foreign = [{ source: "b", case: "1", verdict: verdict(true, 2) }];
    expect(guardFigures([], foreign, guard)).toEqual({
      guard: { alpha: 0.1, falseAlarmRate: null, caughtForeign: 1 },
    });
    expect(guardFigures([row({})], foreign, guard).detection).toMatchObject({ auroc: 1 });
  });
});

describe("calibration over volumes", () => {
  const pair = (probabilities: number[], reference: number[]): ScalingPair => {
    const accumulator = new ReliabilityAccumulator();
    accumulator.add({
      probabilities: Float32Array.from(probabilities),
      reference: Uint8Array.from(reference),
    });
    return { before: accumulator.result(), after: accumulator.result() };
  };
  // One volume of one voxel that is wrong, one of three that are right: volumes count the same, voxels do not.
  const measured = [
    { dataset: "a", calibration: { whole: pair([1], [0]) } },
    { dataset: "a", calibration: { whole: pair([0, 0, 0], [0, 0, 0]), box10mm: pair([0.5], [1]) } },
  ];

  it("averages the errors of volumes, each counting the same, where the region exists", () => {
    const rows = calibrationRows(measured);
    expect(rows.map(({ region, volumes }) => [region, volumes])).toEqual([
      ["whole", 2],
      ["box10mm", 1],
    ]);
    expect(rows[0]!.before.ece).toBeCloseTo(0.5, 12);
    expect(rows[1]!.before.ece).toBeCloseTo(0.5, 12);
  });

  it("pools the voxels of a diagram", () => {
    const [whole] = pooledReliability(measured);
    const bars = whole!.before.filter(({ count }) => count > 0);
    expect(bars).toEqual([
      { low: 0, high: 1 / 15, confidence: 0, frequency: 0, count: 3 },
      { low: 14 / 15, high: 1, confidence: 1, frequency: 0, count: 1 },
    ]);
  });

  it("pools what an accumulator over all volumes would have", () => {
    const all = new ReliabilityAccumulator();
    const volumes = [
      [
        [0.1, 0.12, 0.9],
        [0, 1, 1],
      ],
      [
        [0.11, 0.5],
        [0, 1],
      ],
    ] as const;
    const pairs = volumes.map(([probabilities, reference]) => {
      all.add({
        probabilities: Float32Array.from(probabilities),
        reference: Uint8Array.from(reference),
      });
      return { dataset: "a", calibration: { whole: pair([...probabilities], [...reference]) } };
    });
    const pooled = pooledReliability(pairs)[0]!.before;
    all.result().diagram.forEach((bar, at) => {
      expect(pooled[at]!.count).toBe(bar.count);
      if (bar.count === 0) return;
      expect(pooled[at]!.confidence).toBeCloseTo(bar.confidence!, 12);
      expect(pooled[at]!.frequency).toBeCloseTo(bar.frequency!, 12);
    });
  });
});
