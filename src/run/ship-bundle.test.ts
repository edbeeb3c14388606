import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { Evaluation } from "../evaluation/index.js";
import { parseConfiguration } from "./configuration.js";
import { precisionChange, refuseTooLargeNetwork } from "./ship-bundle.js";

type Outcome = readonly [dataset: string, dice: number, foreign: boolean];

const evaluation = (outcomes: readonly Outcome[], foreign: readonly boolean[] = []): Evaluation =>
  ({
    cases: outcomes.map(([dataset, dice, called], at) => ({
      dataset,
      case: `${at}`,
      organ: "organ",
      dice,
      hd95: 1,
      assd: 1,
      verdict: { foreign: called },
    })),
    foreign: foreign.map((called, at) => ({ source: "a", case: `${at}`, verdict: { foreign: called } })),
  }) as unknown as Evaluation;

describe("what half precision changes", () => {
  const before = evaluation([
    ["a", 0.9, false],
    ["b", 0.8, true],
  ]);

  it("is the largest fall of a dataset's mean, not the mean over all", () => {
    const after = evaluation([
      ["a", 0.95, false],
      ["b", 0.79, true],
    ]);
    expect(precisionChange(before, after).diceLost).toBeCloseTo(0.01);
    expect(precisionChange(before, after).verdicts).toBe(0);
  });

  it("counts verdicts that turned either way, of foreign images of the same name too", () => {
    const turned = evaluation([
      ["a", 0.9, true],
      ["b", 0.8, false],
    ]);
    expect(precisionChange(before, turned).verdicts).toBe(2);
    expect(
      precisionChange(evaluation([["a", 1, false]], [true]), evaluation([["a", 1, false]], [false])),
    ).toEqual({
      diceLost: 0,
      verdicts: 1,
    });
  });
});

it("a network that no shipped bundle could hold is refused before it is trained", () => {
  const configured = (channels: number) =>
    parseConfiguration(
      {
        name: "n",
        output: "o",
        datasets: [{ folder: "f", organs: { liver: [1] } }],
        network: { channels },
      },
      "test",
    );
  expect(() => refuseTooLargeNetwork(configured(64))).toThrow(UserError);
  expect(() => refuseTooLargeNetwork(configured(64))).toThrow(
    /network: found \d+ bytes, expected at most 6000000/,
  );
  refuseTooLargeNetwork(configured(8));
});
