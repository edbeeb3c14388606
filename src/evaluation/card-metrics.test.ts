import { describe, expect, it } from "vitest";
import { cardMetrics } from "./card-metrics.js";
import type { CaseResult, Evaluation } from "./evaluation.js";

const verdict = (foreign: boolean): CaseResult["verdict"] =>
  ({
    foreign,
    measure: 0,
    pValue: 0.5,
    threshold: 1,
    nearest: { dataset: "a", case: "1" },
  }) as unknown as CaseResult["verdict"];

const measured = (id: string, organ: string, dice: number, hd95: number | null): CaseResult => ({
  dataset: "a",
  case: id,
  organ,
  dice,
  hd95,
  assd: hd95,
  volumeMl: 1,
  referenceMl: 1,
  ceiling: null,
  verdict: verdict(id === "1"),
});

const evaluation = (cases: readonly CaseResult[], foreign: Evaluation["foreign"] = []): Evaluation => ({
  created: "",
  bundle: "",
  temperature: 1,
  cases,
  calibration: [],
  reliability: [],
  temperatures: [],
  foreign,
  signatures: [],
  guard: { falseAlarmRate: null, caughtForeign: null },
});

const find = (metrics: ReturnType<typeof cardMetrics>, metric: string) =>
  metrics.find((one) => one.metric === metric);

describe("figures of a card", () => {
  it("are means over the images where they are defined, with an interval from five images on", () => {
    const dice = [0.9, 0.8, 0.7, 0.6, 0.5];
    const metrics = cardMetrics(
      evaluation(dice.map((value, at) => measured(`${at}`, "liver", value, at === 0 ? null : 2))),
    );
    const row = find(metrics, "Dice")!;
    expect(row).toMatchObject({ dataset: "a", images: 5 });
    expect(row.value).toBeCloseTo(0.7);
    expect(row.low!).toBeGreaterThan(0.5);
    expect(row.low!).toBeLessThan(0.7);
    expect(row.high!).toBeLessThan(0.9);
    expect(find(metrics, "HD95 (mm)")).toEqual({ dataset: "a", metric: "HD95 (mm)", value: 2, images: 4 });
  });

  it("say of one that is defined for no image that it is not", () => {
    const metrics = cardMetrics(evaluation([measured("0", "liver", 0, null)]));
    expect(find(metrics, "ASSD (mm)")).toEqual({ dataset: "a", metric: "ASSD (mm)", value: null, images: 0 });
  });

  it("name the organ where there are several, and count an image's verdict once", () => {
    const metrics = cardMetrics(
      evaluation([
        measured("1", "liver", 0.9, 1),
        measured("1", "spleen", 0.7, 1),
        measured("2", "liver", 0.9, 1),
      ]),
    );
    expect(find(metrics, "Dice, liver")).toMatchObject({ value: 0.9, images: 2 });
    expect(find(metrics, "Dice, spleen")).toMatchObject({ value: 0.7, images: 1 });
    expect(find(metrics, "Called foreign (share of images)")).toMatchObject({ value: 0.5, images: 2 });
  });

  it("count foreign images by where they are from", () => {
    const foreign = [true, true, false].map((one, at) => ({
      source: "b",
      case: `${at}`,
      verdict: verdict(one),
    }));
    const rows = cardMetrics(evaluation([measured("0", "liver", 1, 0)], foreign));
    const [row] = rows.filter(({ dataset }) => dataset === "b");
    expect(row).toMatchObject({ metric: "Called foreign (share of images)", images: 3 });
    expect(row!.value).toBeCloseTo(2 / 3);
    // statsmodels.stats.proportion.proportion_confint(2, 3, method="wilson")
    expect([row!.low, row!.high].map((bound) => bound!.toFixed(4))).toEqual(["0.2077", "0.9385"]);
  });
});
